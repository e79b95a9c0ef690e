import { expect } from 'vitest'
import type { memberOf, Notice } from '../../demo/applications/holder/notices.ts'
import { type Caller, openCaller } from './caller.ts'
import { inPieces } from './demonstration.ts'
import { answered, disclosures } from './stand-in-apis.ts'
import type { StandIn } from './stand-in-issuer.ts'

export const introspection = '/token/introspection'
export const income = 'cat_revenu-net'
export const situation = 'cat_situation-familiale'
export const dependants = 'cat_personnes-a-charge'

/** The agency beside an issuer that allows everything, and somebody who calls it with a good token. */
export type Agency = {
  readonly issuer: StandIn
  readonly address: string
  readonly caller: Caller
  /** What the issuer says of the token, with these members changed. */
  sayOfToken(changes: object): void
  /** The communication that the token is for, with these members changed. */
  ours(changes?: object): object
  /** The issuer goes away, and another one comes in its place. */
  replaceIssuer(): Promise<StandIn>
  /** Nothing of the notice is in this answer; nor does a report say so. */
  expectNothing(response: Response, status: number): Promise<void>
  close(): Promise<void>
}

export async function openAgency(): Promise<Agency> {
  const pieces = await inPieces()
  const issuer = await pieces.startIssuer()
  issuer.person.answersTo('consent')
  // Nobody has a notice by the name of Paul.
  await pieces.startRevenueAgency((sub) => (sub === 'paul' ? undefined : notice))
  const caller = await openCaller(pieces.revenueAgency)

  function ours(changes: object = {}): object {
    return {
      type: `${issuer.issuer}/rar/communication/v1`,
      locations: [`${pieces.revenueAgency}/api`],
      actions: ['disclose'],
      datatypes: [income, situation, dependants],
      identifier: 'dst_avis-cotisation@3',
      agreement: 'agr_2026-001@3',
      purpose: 'pur_calcul-aide@2',
      recipient: 'org_aide-etudes',
      holder: 'org_agence-revenu',
      ...changes,
    }
  }

  function sayOfToken(changes: object): void {
    const said = {
      active: true,
      token_type: 'DPoP',
      aud: `${pieces.revenueAgency}/api`,
      sub: 'marie',
      client_id: 'aide-etudes',
      cnf: { jkt: caller.thumbprint },
      authorization_details: [ours()],
    }
    issuer.takeOver(introspection, answered(200, { ...said, ...changes }))
  }

  async function expectNothing(response: Response, status: number): Promise<void> {
    const text = await response.text()
    expect({ status: response.status, text }).toEqual({ status, text: expect.anything() })
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(text).not.toMatch(/revenu_net|18240|celibataire|personnes_a_charge/)
    expect(issuer.received.filter(({ path }) => path === disclosures)).toEqual([])
  }

  async function replaceIssuer(): Promise<StandIn> {
    await issuer.close()
    return pieces.startIssuer()
  }

  sayOfToken({})
  return {
    issuer,
    address: pieces.revenueAgency,
    caller,
    ours,
    sayOfToken,
    replaceIssuer,
    expectNothing,
    close: pieces.close,
  }
}

const notice: Notice = new Map<keyof typeof memberOf, string | number>([
  [income, 18_240],
  [situation, 'celibataire'],
  [dependants, 1],
])
