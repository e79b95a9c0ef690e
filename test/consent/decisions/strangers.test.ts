import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId } from '../../../src/base/values/ids.ts'
import { callbackOf, codeOf, issuer, signUp } from '../../support/broker.ts'
import { counts } from '../../support/moving-stage.ts'
import type { SecondHolder } from '../../support/second-holder.ts'
import { startSecondHolder } from '../../support/second-holder.ts'
import { json } from '../../support/service.ts'
import type { Json, Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// What a question about nobody, and a question of nobody's business, are answered: nothing that could be learnt from.

const written = ['decision', 'ledgerEvent', 'consentCurrent']

let stage: Stage
let stranger: SecondHolder
let token: string

beforeAll(async () => {
  stage = await startStage()
  stranger = await startSecondHolder(stage)
  token = await holderToken(stage, 'decide')
})

afterAll(async () => {
  await stranger.stop()
  await stage.stop()
})

type Change = NonNullable<Parameters<typeof evaluation>[1]>

async function reasonFor(request: Json): Promise<unknown> {
  const { decision, context } = await decide(stage, token, request)
  return [decision, ...(context['reason_codes'] as unknown[])]
}

describe('an unknown person', () => {
  test.each<[string, (shared: Shared) => Promise<string> | string]>([
    [
      'another organisation’s identifier of her',
      ({ tokens }) => String(jose.decodeJwt(String(tokens['id_token'])).sub),
    ],
    ['an identifier of nobody', () => Buffer.alloc(16, 7).toString('base64url')],
    [
      'another spelling of hers',
      ({ sub }) =>
        sub.replace(/.$/, (last) => String.fromCodePoint((last.codePointAt(0) ?? 0) + 1)),
    ],
    ['her identifier with more', ({ sub }) => `${sub}A`],
    ['her internal identifier', async ({ consentId }) => personOf(consentId)],
    ['words', () => 'marie-claude'],
    ['a NUL', () => '\u0000'],
  ])('is denied by %s, and nothing is recorded', async (_, subOf) => {
    const shared = await shareAsNewcomer(stage)
    const sub = await subOf(shared)
    const before = await counts(stage, written)
    const { decision, context } = await decide(stage, token, evaluation(sub))
    expect([decision, context['reason_codes']]).toEqual([false, ['PERSON_UNKNOWN']])
    expect(context).not.toHaveProperty('decision_id')
    expect(await counts(stage, written)).toEqual(before)
  })

  test('of another issuer is denied', async () => {
    const shared = await shareAsNewcomer(stage)
    const text = JSON.stringify(evaluation(shared.sub)).replace(
      `"iss":"${issuer}"`,
      '"iss":"https://evil.test"',
    )
    expect(await reasonFor(JSON.parse(text) as Json)).toEqual([false, 'PERSON_UNKNOWN'])
  })

  test('a known person who allowed nothing is denied for lack of a consent', async () => {
    const { browser } = await signUp(stage, stage.services.library)
    const errand = await stage.revenue.begin()
    const code = codeOf(callbackOf(await browser.follow(errand.url)))
    const sub = jose.decodeJwt(
      String(json(await stage.revenue.redeem(code, errand))['id_token']),
    ).sub
    expect(await reasonFor(evaluation(String(sub)))).toEqual([false, 'NO_CONSENT'])
  })
})

test('a body that is not the holder gets the same answer for every question', async () => {
  const shared = await shareAsNewcomer(stage)
  const own = json(await stranger.clientCredentials(`${issuer}/access`, 'decide'))
  const before = await counts(stage, written)
  const asked: Change[] = [
    {},
    { dataset: 'dst_avis-cotisation@9' },
    { dataset: 'dst_inconnu' },
    { purpose: 'pur_inconnue' },
    { categories: ['cat_inconnue'] },
    { recipient: 'org_inconnu' },
  ]
  const answers = new Set<string>()
  for (const sub of [shared.sub, 'nobody'])
    for (const change of asked) {
      const request = {
        ...evaluation(sub, change),
        action: { name: 'disclose', properties: { purpose: 'p' } },
      }
      const answer = await stranger.api(
        '/access/v1/evaluation',
        String(own['access_token']),
        request,
      )
      answers.add(`${answer.status} ${answer.body}`)
    }
  expect([...answers]).toEqual([expect.stringMatching(/^200 .*"CALLER_NOT_HOLDER".*/)])
  expect(await counts(stage, written)).toEqual(before)
})

async function personOf(consentId: string): Promise<string> {
  const row: { personId: string } | undefined = await stage
    .db('consentCurrent')
    .where({ consentId: readId('con', consentId) })
    .first()
  return row?.personId ?? ''
}
