import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { dayAfter, dayOf, endOfDay } from '../../src/base/values/calendar.ts'
import type { CountedTry } from '../../src/base/web/limits/tries.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { makePairwise, openWorkAccess, tellAdded } from '../../src/people/accounts/index.ts'
import { principalOf } from '../../src/consent/record/index.ts'
import type { MandateVault } from '../../src/people/mandates/index.ts'
import { mandateSeals, openOffice } from '../../src/people/mandates/index.ts'
import type { DeskRole } from '../../src/people/offices/index.ts'
import { roles } from '../../src/people/offices/index.ts'
import type { RelyingParty } from '../../src/webauthn/index.ts'
import {
  addPasskey,
  creationOptions,
  readRegistration,
  toldKey,
  verifyCreation,
} from '../../src/webauthn/index.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import type { Authenticator } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Answer, Browser, Site } from './browser.ts'
import { formOf, makeBrowser } from './browser.ts'
import type { Fido } from './fido.ts'

// People of the desk of a body, made in this process: how they come to be is another test's subject.

export type OpenDeskHouse = Site & { readonly db: Database; readonly keysDir: string }

export type Officer = {
  readonly officerId: string
  readonly passkeyId: string
  readonly offices: readonly string[]
  readonly key: Authenticator
}

type Named = {
  readonly body?: string
  readonly roles?: readonly DeskRole[]
  /** undefined: nobody attests the key. */
  readonly fido?: Fido | undefined
}

/** A body of the register that keeps a desk. */
export function bodyWithDesk(id: string, desk?: object): RegisterObject {
  const name = { fr: `Organisme ${id}`, en: `${id} organisation` }
  const content = { org_id: id, version: 1, name, status: 'active', ...(desk && { desk }) }
  return { kind: 'organisation', id, version: 1, content }
}

export const deskHours = { fr: 'Tous les jours', en: 'Every day' }

const nobody = { requestId: 'a-request', network: undefined }
const house = { type: 'broker' } as const

export async function vaultOf({ keysDir }: Pick<OpenDeskHouse, 'keysDir'>): Promise<MandateVault> {
  const keys = await openKeys(keysDir)
  return { vault: makeVault(keys, signalMapping), seals: mandateSeals(keys) }
}

/** A work access with offices, and a key. */
export async function newOfficer(
  broker: OpenDeskHouse,
  { body = 'org_desk', roles: names = ['counter'], fido }: Named = {},
): Promise<Officer> {
  const { db, issuer } = broker
  const vault = await vaultOf(broker)
  const opening = { origin: nobody, now: new Date(), by: { actor: house } }
  const officerId = await transact(db, (tx) => openWorkAccess(tx, vault.vault, opening))
  const key = makeAuthenticator({
    origin: issuer,
    counter: 0,
    ...(fido && { model: fido.model }),
  })
  const passkeyId = await addKey(broker, vault, officerId, { key, fido })
  const offices: string[] = []
  for (const role of names) offices.push(await nameTo(broker, officerId, { body, role }))
  return { officerId, passkeyId, offices, key }
}

/** @returns the id of the office */
export async function nameTo(
  broker: OpenDeskHouse,
  officerId: string,
  { body = 'org_desk', role }: { readonly body?: string; readonly role: DeskRole },
): Promise<string> {
  const office = {
    officerId,
    organisation: body,
    role,
    acts: roles[role],
    untilAt: endOfDay(dayAfter(dayOf(new Date()), 'P200D')),
    orderSha256: null,
    namedBy: [],
  }
  const vault = await vaultOf(broker)
  return transact(broker.db, (tx) => openOffice(tx, vault, office, house))
}

async function addKey(
  broker: OpenDeskHouse,
  { vault }: MandateVault,
  officerId: string,
  { key, fido }: { readonly key: Authenticator; readonly fido: Fido | undefined },
): Promise<string> {
  const { db, issuer } = broker
  const { pairwise } = await openKeys(broker.keysDir)
  const named = { issuer, pairwise: makePairwise(pairwise) }
  const party: RelyingParty = {
    id: new URL(issuer).hostname,
    name: 'Accord',
    origin: issuer,
    hints: [],
    isPublicTerminal: false,
    guard: { seals: vault.seals, log: openLog('silent') },
    levelThree: undefined,
  }
  const now = new Date()
  const asked = { kind: 'passkey', errand: crypto.randomUUID(), personId: officerId } as const
  const response = readRegistration(key.create(await creationOptions(db, party, asked, now)))
  const made = { ...asked, response, name: 'Clé du comptoir' }
  const verified = await verifyCreation({} as CountedTry, db, party, made, now)
  // What the page of level three would have found.
  const attested = fido && {
    aaguid: fido.aaguid,
    format: 'packed',
    certificates: fido.model.chain.map((der) => der.toString('base64')),
    metadataNo: 7,
  }
  return transact(db, async (tx) => {
    const passkeyId = await addPasskey(tx, officerId, { ...verified, attested }, nobody, now)
    const factor = toldKey({ ...verified.passkey, passkeyId })
    const chain = {
      vault,
      principalOf: (id: string) => principalOf(named, id),
      personId: officerId,
    }
    await tellAdded(tx, chain, { factor, by: [] }, now)
    return passkeyId
  })
}

/** The sign-in page of our own space, from which an officer comes to his desk. */
export function deskSignIn(browser: Browser): Promise<Answer> {
  return browser.follow('/acces')
}

/** Uses an officer's key at a sign-in page. */
export function useDeskKey(
  browser: Browser,
  page: Answer,
  key: Authenticator,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { action, fields, options } = formOf(page)
  return browser.post(action, { ...fields, credential: key.get(options) }, { headers })
}

/** An officer who signed in at his desk. */
export async function atDesk(
  broker: OpenDeskHouse,
  { key }: Pick<Officer, 'key'>,
  browser: Browser = makeBrowser(broker),
): Promise<Browser> {
  const answer = await useDeskKey(browser, await deskSignIn(browser), key)
  if (answer.location === undefined || new URL(answer.location).pathname !== '/guichet')
    throw new Error(`no desk: ${answer.status} ${answer.location}`)
  return browser
}
