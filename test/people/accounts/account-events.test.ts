import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import type { Payload } from '../../../src/ledger/chain/index.ts'
import {
  answerable,
  openWorkAccess,
  tellRemoved,
  unblock,
} from '../../../src/people/accounts/index.ts'
import {
  readPersonStanding,
  vouchForStanding,
} from '../../../src/people/accounts/standing-store.ts'
import { makeVault, readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { issuer, postAndFollow, signIn, signUpByPages, startBroker } from '../../support/broker.ts'
import { endorsementOf, jwkOf } from '../../support/endorsing.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import { endEveryWait } from '../../support/ended-waits.ts'
import type { Service } from '../../support/service.ts'
import { codeAt } from '../../support/totp.ts'
import { addSecurityKey, recoverAt, typeIn, typeUp } from '../../support/ways.ts'

// What the chain of a person tells of her access (docs/design/domain.md#events).

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

test('an access that is opened with a passkey tells its key, and nobody’s internal id', async () => {
  const own = await signUpByPages(broker, library)
  const personId = await personOfKey(broker.db, own.authenticator)
  const [opened, ...more] = await chainOf(personId)
  expect(more).toEqual([])
  expect(opened).toMatchObject({
    kind: 'access.opened',
    actor: { type: 'person' },
    factors: [{ factor: 'passkey', backup_eligible: false, jwk: { kty: 'EC', crv: 'P-256' } }],
  })
  expect(JSON.stringify(opened)).not.toContain(personId)
  // What was not blocked is not opened again, and of no way that goes nothing is told.
  const chain = { personId, vault: makeVault(await openKeys(broker.keysDir), signalMapping) }
  await transact(broker.db, async (tx) => {
    expect(await unblock(tx, chain, 'all')).toBe(false)
    expect(await unblock(tx, chain, { issuer: 'https://a.test' })).toBe(false)
    await tellRemoved(tx, chain, [], 'removed')
  })
  expect(await chainOf(personId)).toHaveLength(1)
})

/** Where a row would make a work access a person’s. */
const ofPeople = [
  'passwords',
  'password_proposals',
  'totp_factors',
  'recovery_codes',
  'upstream_identities',
  'vouched_values',
  'connections',
  'consent_request',
  'consent_record',
  'consent_current',
  'claim_answer',
  'matching_answer',
  'sign_in_request',
  'signal_event',
]

test('a work access says so in its chain, and nothing of a person hangs on it', async () => {
  const { db, personId } = await workAccess()
  expect(await chainOf(personId)).toMatchObject([
    {
      kind: 'access.standing',
      actor: { type: 'broker' },
      was: 'active',
      status: 'active',
      use: 'work',
    },
  ])
  for (const table of ofPeople)
    await expect(
      db.raw(`insert into ${table} (person_id) values (?)`, [personId]),
      table,
    ).rejects.toThrow(`a work access has no row in ${table}`)
  for (const view of ['openAccounts', 'provingAccounts'] as const)
    expect(await db(view).where({ personId })).toEqual([])
  const { standing } = await standingAt(personId)
  expect(standing && answerable(standing)).toBeNull()
})

test('a work access that somebody makes a person’s is believed by nobody, and no operator makes it one', async () => {
  const { db, personId } = await workAccess()
  const own = await signUpByPages(broker, library)
  const person = await personOfKey(db, own.authenticator)
  for (const [id, use, other] of [
    [personId, 'work', 'own'],
    [person, 'own', 'work'],
  ] as const) {
    const { seals, vault } = await standingAt(id)
    expect(await readPersonStanding(db, seals, id)).toMatchObject({ use, isTrusted: true })
    await db.raw('update accounts set use = ? where person_id = ?', [other, id])
    expect(await readPersonStanding(db, seals, id)).toMatchObject({ use: other, isTrusted: false })
    const by = { actor: { type: 'broker' } } as const
    expect(await transact(db, (tx) => vouchForStanding(tx, vault, id, by))).toBe(true)
    expect(await readPersonStanding(db, seals, id)).toMatchObject({ use, isTrusted: true })
  }
})

async function workAccess() {
  const { db, keysDir } = broker
  const vault = makeVault(await openKeys(keysDir), signalMapping)
  const opening = {
    origin: { requestId: 'r', network: undefined },
    now: new Date(),
    by: { actor: { type: 'broker' } },
  } as const
  return { db, personId: await transact(db, (tx) => openWorkAccess(tx, vault, opening)) }
}

async function standingAt(personId: string) {
  const vault = makeVault(await openKeys(broker.keysDir), signalMapping)
  const { seals } = vault
  return { vault, seals, standing: await readPersonStanding(broker.db, seals, personId) }
}

test('ways in that come, go, and come back by a recovery are told each, in the order of the deeds', async () => {
  const own = await signUpByPages(broker, library)
  const personId = await personOfKey(broker.db, own.authenticator)
  const second = makeAuthenticator({ origin: issuer, counter: 0 })
  const id = await addPasskey(own.browser, second)
  await press(own.browser, `/acces/cles/${id}`, `${id}/retrait`)
  await endEveryWait(broker)
  const { authenticator: found } = await recoverAt(broker, library, own)
  const thief = await signIn(broker, library, found)
  await addPasskey(thief.browser, makeAuthenticator({ origin: issuer, counter: 0 }))
  const { browser } = await signIn(broker, library, own.authenticator)
  await press(browser, '/acces', '/acces/retablissement/pas-moi')

  const told = await chainOf(personId)

  expect(told.map(({ kind }) => kind)).toEqual([
    'access.opened',
    'access.factor-added',
    'access.factor-removed',
    'access.recovered',
    'access.factor-added',
    'access.factor-removed',
  ])
  const [, added, removed, recovered, byThief, undone] = told
  const [of, ofRecovery, ofThief] = [added, recovered, byThief].map(idIn)
  expect([added?.['by_recovered'], byThief?.['by_recovered']]).toEqual([false, true])
  expect(removed).toMatchObject({ factors: [of], because: 'removed' })
  expect(recovered).toMatchObject({ code: 'own', factors: [{ factor: 'passkey' }] })
  expect(undone).toMatchObject({ because: 'recovery-undone', factors: [ofRecovery, ofThief] })
})

test('of a password and an application only the kind is told, and of a security key its public part', async () => {
  const own = await typeUp(broker, library)
  const key = await addSecurityKey(own.browser)
  const [opened, added] = await chainOf(await personOfKey(broker.db, key))
  const factorId = expect.any(String) as string
  expect(opened?.['factors']).toEqual([
    { factor_id: factorId, factor: 'password' },
    { factor_id: factorId, factor: 'totp' },
  ])
  expect(added).toMatchObject({ factors: [{ factor: 'security-key', jwk: { kty: 'EC' } }] })
})

test('a passkey made at an invitation is endorsed by an older one, where she has one', async () => {
  const { older, browser, page } = await invitedBesideKey()
  const personId = await personOfKey(broker.db, older)
  const made = makeAuthenticator({ origin: issuer, counter: 0 })
  const form = formOf(page)
  const credential = made.create(form.options)
  const endorsement = endorsementOf(page, jwkOf(credential), { by: older })
  await postAndFollow(browser, form.action, { ...form.fields, credential, endorsement })
  const [, first, second] = await chainOf(personId)
  expect(first).toMatchObject({ kind: 'access.factor-added', endorsed_by: null })
  expect(second).toMatchObject({
    kind: 'access.factor-added',
    by_recovered: false,
    endorsed_by: { factor_id: idIn(first) },
  })
})

test('at an invitation nothing is added with what an older key signed of another key, or a stranger of this one', async () => {
  const { older, browser, page } = await invitedBesideKey()
  const personId = await personOfKey(broker.db, older)
  let shown = page
  for (const forge of [
    (jwk: object) => endorsementOf(shown, jwk, { by: older, forgery: { isVerified: false } }),
    (jwk: object) => endorsementOf(shown, jwk, { by: key() }),
    () => endorsementOf(shown, jwkOf(key().create(formOf(shown).options)), { by: older }),
  ]) {
    const { action, fields, options } = formOf(shown)
    const credential = key().create(options)
    const endorsement = forge(jwkOf(credential))
    shown = await browser.post(action, { ...fields, credential, endorsement })
    expect(shown.status).toBe(400)
  }
  expect((await chainOf(personId)).map(({ kind }) => kind)).toEqual([
    'access.opened',
    'access.factor-added',
  ])
})

const key = () => makeAuthenticator({ origin: issuer, counter: 0 })

/** A person who has a passkey elsewhere, and is invited to one here after her password and code. */
async function invitedBesideKey() {
  const own = await typeUp(broker, library)
  const older = makeAuthenticator({ origin: issuer, counter: 0 })
  await addPasskey(own.browser, older)
  const browser = makeBrowser(broker)
  const { url } = await library.begin()
  const { answer: page } = await typeIn(browser, url, own, codeAt(own.seed))
  return { older, browser, page }
}

async function chainOf(personId: string): Promise<Payload[]> {
  const vault = makeVault(await openKeys(broker.keysDir), signalMapping)
  expect(await verifyTimeline(broker.db, vault, personId)).toMatchObject({ holds: true })
  const events = await readTimeline(broker.db, vault, personId, { after: 0, limit: 50 })
  const payloads = events.flatMap(({ payload }) => (payload === undefined ? [] : [payload]))
  expect(payloads.flatMap(schemaProblems)).toEqual([])
  return payloads
}

function idIn(event: Payload | undefined): string {
  const [factor] = (event?.['factors'] ?? []) as { factor_id: string }[]
  return factor?.factor_id ?? ''
}

/** @returns the name of the key in the addresses of its pages */
async function addPasskey(browser: Browser, key: Authenticator): Promise<string> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  await browser.post(action, { ...fields, credential: key.create(options) })
  const { body } = await browser.get('/acces/entrer')
  const found = [...body.matchAll(/href="\/acces\/cles\/(\w+)"/g)].map(([, id = '']) => id)
  return (
    found
      .filter((id) => id !== 'ajout')
      .toSorted()
      .at(-1) ?? ''
  )
}

async function press(browser: Browser, path: string, ending: string): Promise<void> {
  const form = formsOf(await browser.get(path)).find(({ action }) => action.endsWith(ending))
  if (form === undefined) throw new Error(`no form to ${ending}`)
  expect((await browser.post(form.action, form.fields)).status).toBe(303)
}
