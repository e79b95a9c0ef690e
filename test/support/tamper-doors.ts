import { answerClaims, answersOf } from '../../src/consent/claims/index.ts'
import { randomBytes, randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { openLog } from '../../src/base/logging/log.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import type { Vault } from '../../src/ledger/chain/index.ts'
import {
  beginHold,
  confirmByCode,
  contactAt,
  contactSeals,
  holdOf,
  isWrittenTo,
  noteAdded,
  proposeContact,
  tellAdded,
  actorOfOwnAccess,
} from '../../src/people/accounts/index.ts'
import type { Device } from '../../src/people/accounts/device-store.ts'
import { isDeviceOf } from '../../src/people/accounts/device-store.ts'
import type { SecretRow } from '../../src/provider/clients/client-secret-store.ts'
import { trustedRow } from '../../src/provider/clients/client-secrets.ts'
import { requestById } from '../../src/provider/ciba/ciba-store.ts'
import { trustedWays } from '../../src/people/accounts/ways.ts'
import {
  beginTotp,
  confirmTotp,
  findFactor,
  makePasswords,
  makeWayFor,
  putPassword,
  putRecoveryCodes,
} from '../../src/signin/factors/index.ts'
import {
  findProposal,
  holdsProposal,
  personByProof,
  putProposal,
} from '../../src/signin/factors/password-store.ts'
import { standingTotps } from '../../src/signin/factors/set-aside-store.ts'
import { findCode } from '../../src/signin/factors/code-store.ts'
import { findEnrolment } from '../../src/signin/factors/store.ts'
import {
  addIdentity,
  findIdentity,
  noteVouched,
  putArrival,
  putUpstreamSession,
  upstreamSession,
  upstreamPersonBy,
} from '../../src/signin/upstream/index.ts'
import { visitHash } from '../../src/base/web/visit.ts'
import {
  insertErrand,
  stateHash,
  takeErrand,
  trustedArrival,
} from '../../src/signin/upstream/authorization-store.ts'
import { trustedUpstreamSession } from '../../src/signin/upstream/session-store.ts'
import { identitySeals } from '../../src/people/identity/index.ts'
import { vouchedRowsOf } from '../../src/people/identity/store.ts'
import type { UpstreamProvider } from '../../src/signin/upstream/index.ts'
import { creationOptions, relyingPartyOf } from '../../src/webauthn/index.ts'
import { attestationsOf, insertAttestation } from '../../src/webauthn/attestation-store.ts'
import { deleteChallenge, findByCredentialId, userHandleOf } from '../../src/webauthn/store.ts'
import { gateFor } from './gate.ts'
import { issuer } from './broker.ts'
import { quickCodes } from './codes.ts'
import type { Chance } from './tampering.ts'
import { pick } from './tampering.ts'
import { codeAt } from './totp.ts'
import { counted } from './tries.ts'

// What the tamper drill needs of rows that open an access: somebody who has all of them, and how each of them is looked at by the code
// that opens something by it.

type House = { readonly db: Database; readonly keys: Keys; readonly vault: Vault }

const origin = { requestId: 'drill', network: undefined }
const log = openLog('silent')
const hash = () => Promise.resolve(randomBytes(32))
const daySeconds = 24 * 3600

/** Gives a person each kind of row that opens an access, by the deeds that write them. */
export async function equip(house: House, personId: string): Promise<void> {
  const now = new Date()
  const { db, vault } = house
  const { seals } = vault
  const until = secondsAfter(now, daySeconds)
  await choose(house, personId, now)
  await enrol(house, personId, now)
  await transact(db, async (tx) => {
    const whose = { personId, added: [], because: 'recovered', by: [] } as const
    await makeWayFor(tx, seals, 'password', whose, now)
    await makeWayFor(tx, seals, 'totp', whose, now)
  })
  await choose(house, personId, now)
  await enrol(house, personId, now)
  const errand = `${personId}:waiting`
  await beginTotp(db, vault, { errand, personId, brand: 'Accord', now })
  const password = await newPassword(house, personId, now)
  const waiting = { ...password.row, errandSha256: randomBytes(32) }
  const codes = { messageId: newUuid(now), codeBy: until, expiresAt: until }
  await transact(db, (tx) => putProposal(tx, seals, { ...waiting, ...codes }))
  // While a recovery is held no claim is given.
  await letBeTold(house, personId)
  await transact(db, (tx) => beginHold(tx, seals, personId, { added: [newUuid(now)], until }, now))
  await addContact(house, personId, now)
  await comeFromElsewhere(house, personId, now)
  await attestKey(house, personId, now)
  const party = relyingPartyOf({ issuer, brand: 'Accord', kiosk: false }, { seals, log })
  await creationOptions(db, party, { kind: 'passkey', errand: personId, personId }, now)
}

/** A maker attests of her key of which model it is. */
async function attestKey({ db, vault }: House, personId: string, now: Date): Promise<void> {
  const key = await db('passkeys').select('passkeyId').where({ personId }).first()
  if (key === undefined) throw new Error('she has no key')
  const facts = { aaguid: randomUUID(), format: 'packed', certificates: ['AAAA'], metadataNo: 1 }
  const row = { ...facts, ...key, personId, attestedAt: now }
  await transact(db, (tx) => insertAttestation(tx, vault.seals, row))
}

const elsewhere: UpstreamProvider = {
  id: 'elsewhere',
  version: 1,
  name: { fr: 'Ailleurs', en: 'Elsewhere' },
  issuer: 'https://id.elsewhere.test',
  clientId: 'accord',
  secret: undefined,
  scopes: ['openid'],
  levels: new Map([['two', 'urn:accord:aal:2']]),
  ceiling: 'urn:accord:aal:2',
  vouchesFor: ['given_name'],
  claimsFrom: 'id_token',
}

function cameBy(subject: string) {
  const vouched = { given_name: 'Maud' }
  return { issuer: elsewhere.issuer, subject, acr: 'two', session: 'there', secondsAgo: 0, vouched }
}

/** An account elsewhere that opens her access, one that waits, and a way there. */
async function comeFromElsewhere(
  { db, keys, vault }: House,
  personId: string,
  now: Date,
): Promise<void> {
  const { seals } = vault
  const vouchedSeals = identitySeals(keys)
  const arrived = () => upstreamPersonBy(vouchedSeals, elsewhere, cameBy(randomUUID()), now)
  const until = secondsAfter(now, daySeconds)
  await transact(db, async (tx) => {
    const there = arrived()
    const factorId = await addIdentity(tx, seals, gateFor(personId), there, { origin, now })
    if (factorId === undefined) throw new Error('a new account opens nothing yet')
    await noteVouched(tx, vouchedSeals, { personId, factorId }, there, { origin, now })
    const factor = { factorId, factor: 'identity' } as const
    await tellAdded(tx, { vault, principalOf, personId }, { factor, by: [] }, now)
  })
  const [errand, state] = [randomUUID(), randomUUID()]
  await putArrival(db, seals, errand, { ...arrived(), expiresAt: until })
  await putUpstreamSession(db, seals, errand, upstreamSession(arrived(), cameBy(randomUUID()), now))
  const [nonce, verifier] = [randomBytes(32), randomBytes(32)].map((of) => of.toString('base64url'))
  await insertErrand(db, seals, {
    stateSha256: stateHash(state),
    errandSha256: visitHash(errand),
    providerId: 'elsewhere',
    nonce: nonce ?? '',
    verifier: verifier ?? '',
    maxAge: 300,
    begunAt: now,
    expiresAt: until,
  })
}

/** Puts another way in the place of one that she has: the row of before is worth nothing any more. */
export async function renewWay(house: House, personId: string, chance: Chance): Promise<void> {
  const now = new Date()
  const { db, vault } = house
  await pick(chance, [
    () => choose(house, personId, now),
    () => enrol(house, personId, now),
    () => addContact(house, personId, now),
    () => newCodes(house, personId, now),
    () =>
      transact(db, (tx) =>
        noteAdded(tx, vault.seals, { personId, factorIds: [] }, newUuid(now), now),
      ),
  ])()
}

async function newCodes({ db, keys, vault }: House, personId: string, now: Date): Promise<void> {
  const codes = await quickCodes(keys.data).newSet(db)
  const at = { personId, origin, now }
  await transact(db, async (tx) => void (await putRecoveryCodes(tx, vault.seals, codes, at)))
}

async function choose(house: House, personId: string, now: Date): Promise<void> {
  const { row, passwords } = await newPassword(house, personId, now)
  const proved = { ...row, addressProvedAt: now }
  await transact(house.db, async (tx) => {
    await putPassword(tx, passwords, proved, origin, now)
    await tell(tx, house, { personId, factor: 'password', factorId: row.factorId }, now)
  })
}

async function newPassword({ keys, vault }: House, personId: string, now: Date) {
  const passwords = makePasswords(keys.data, vault, { hash, openKept: () => Promise.resolve([]) })
  const address = `${randomBytes(6).toString('hex')}@exemple.test`
  const given = { address, password: 'trois huards dorment' }
  const made = await passwords.make(counted, given)
  return { row: await passwords.rowOf(personId, given, made, now), passwords }
}

/** Gives a person an application of codes. */
export async function enrol(
  { db, vault }: Pick<House, 'db' | 'vault'>,
  personId: string,
  now: Date,
): Promise<void> {
  const errand = randomUUID()
  const { seed } = await beginTotp(db, vault, { errand, personId, brand: 'Accord', now })
  const confirming = { errand, personId, code: codeAt(seed), origin, log }
  await transact(db, async (tx) => {
    const factorId = await confirmTotp(counted, tx, vault, confirming, now)
    await tell(tx, { vault }, { personId, factor: 'totp', factorId }, now)
  })
}

type Added = {
  readonly personId: string
  readonly factor: 'password' | 'totp'
  readonly factorId: string
}

const principalOf = () => 'iss_sub:https://accord.example#AAAAAAAAAAAAAAAAAAAAAA'

async function tell(
  tx: Transaction,
  { vault }: Pick<House, 'vault'>,
  { personId, ...factor }: Added,
  now: Date,
): Promise<void> {
  await tellAdded(tx, { vault, principalOf, personId }, { factor, by: [] }, now)
}

async function addContact({ db, keys, vault }: House, personId: string, now: Date): Promise<void> {
  const contact = { personId, channel: 'email', address: 'marie@exemple.test' } as const
  const adding = { ...contact, messageId: newUuid(now) }
  await transact(db, async (tx) => {
    const contactId = await proposeContact(tx, contactSeals(keys), adding, now)
    const confirming = { personId, contactId, seals: vault.seals, by: [], isCode: () => true }
    await confirmByCode(counted, tx, confirming, now)
  })
}

async function letBeTold({ db, vault }: House, personId: string): Promise<void> {
  const purpose = { fr: 'Vous écrire', en: 'Write to you' }
  const asked = { name: 'email', purpose, isOptional: true } as const
  const service = { serviceId: 'aide-etudes', orgId: 'org_aide-etudes', ref: 'aide-etudes@1' }
  const proof = { acr: 'urn:accord:aal:2', provedAt: new Date(), factorIds: [] }
  const by = actorOfOwnAccess({ personId, ...proof })
  const answer = { by, service }
  await transact(db, (tx) =>
    answerClaims(tx, vault, { ...answer, answers: [{ asked, isGiven: true }] }),
  )
}

type Look = { readonly tx: Transaction; readonly seals: RowSeals; readonly now: Date }

/** Whether the code opens something by this row, as it reads it. */
type Door<Row> = (look: Look, row: Row) => Promise<boolean>

export function door<Row>(table: string, key: string, opens: Door<Row>) {
  return async (look: Look): Promise<string[]> => {
    const { rows } = await look.tx.raw<{ rows: Row[] }>('select * from ??', [table])
    const shut: string[] = []
    for (const row of rows)
      if (!(await opens(look, row))) shut.push(`${table} ${String(row[key as keyof Row])}`)
    return shut
  }
}

type Of = { readonly personId: string }
type ListRow = { readonly ways: readonly string[]; readonly seal: Buffer | null }

const doors = [
  door(
    'passkeys',
    'passkeyId',
    async ({ tx, seals }, row: { credentialId: Buffer; kind: 'passkey' }) => {
      const key = await findByCredentialId(tx, seals, row.credentialId, row.kind)
      return key?.isUntrusted === false
    },
  ),
  door('webauthn_users', 'personId', async ({ tx, seals }, { personId }: Of) => {
    return (await userHandleOf(tx, seals, personId)) !== undefined
  }),
  door('key_attestations', 'passkeyId', async ({ tx, seals }, row: Of & { passkeyId: string }) => {
    return (await attestationsOf(tx, seals, row.personId)).has(row.passkeyId)
  }),
  door('passwords', 'factorId', async ({ tx, seals }, { personId }: Of) => {
    return (await findFactor(tx, seals, 'password', personId))?.isUntrusted === false
  }),
  door('totp_factors', 'factorId', async ({ tx, seals }, { personId }: Of) => {
    return (await findFactor(tx, seals, 'totp', personId))?.isUntrusted === false
  }),
  door('recovery_codes', 'codeIndex', async ({ tx, seals, now }, row: { codeIndex: string }) => {
    return (await findCode(tx, seals, row.codeIndex, now))?.isUntrusted === false
  }),
  door('factors_set_aside', 'factorId', async ({ tx, seals, now }, row: Of & Aside) => {
    if (row.kind === 'totp') {
      const standing = await standingTotps(tx, seals, row.personId, now)
      const found = standing.find(
        ({ standsUntil, factorId }) => standsUntil !== null && factorId === row.factorId,
      )
      return found?.isUntrusted === false
    }
    const proof = Buffer.from(String(row.content['proof']).slice(2), 'hex')
    const found = await personByProof(counted, tx, seals, [proof], now)
    return found?.isUntrusted === false && found.factorId === row.factorId
  }),
  door('known_devices', 'personId', async ({ tx, seals }, row: Device) => {
    return isDeviceOf(tx, seals, { personId: row.personId, deviceSha256: row.deviceSha256 })
  }),
  door('service_secret', 'serviceId', async ({ tx, seals }, { serviceId }: SecretRow) => {
    return (await trustedRow(tx, seals, serviceId)) !== undefined
  }),
  door('ways_in', 'personId', async ({ seals }, row: Of & ListRow) => {
    return trustedWays(seals, row.personId, { ...row, waysSeal: row.seal }) !== undefined
  }),
  door('recovery_holds', 'personId', async ({ tx, seals, now }, { personId }: Of) => {
    return (await holdOf(tx, seals, personId, now))?.isUntrusted === false
  }),
  door('contact_point', 'contactId', async ({ tx, seals }, row: { contactId: string }) => {
    const contact = await contactAt(tx, row.contactId)
    return contact !== undefined && isWrittenTo(seals, contact)
  }),
  door('totp_enrolments', 'factorId', async ({ tx, seals }, row: { errandSha256: Buffer }) => {
    return (await findEnrolment(tx, seals, row.errandSha256))?.isUntrusted === false
  }),
  door(
    'password_proposals',
    'factorId',
    async ({ tx, seals, now }, row: { errandSha256: Buffer }) => {
      const proposal = await findProposal(tx, row.errandSha256, now)
      return proposal !== undefined && holdsProposal(seals, proposal)
    },
  ),
  door(
    'upstream_identities',
    'factorId',
    async ({ tx, seals }, row: { identitySha256: Buffer }) => {
      return (await findIdentity(tx, seals, row.identitySha256))?.isUntrusted === false
    },
  ),
  door(
    'vouched_values',
    'factorId',
    async ({ tx, seals }, row: { personId: string; factorId: string }) => {
      const believed = await vouchedRowsOf(tx, seals, row.personId)
      return believed.some(({ factorId }) => factorId === row.factorId)
    },
  ),
  door('upstream_errands', 'stateSha256', async ({ tx, seals }, row: { stateSha256: Buffer }) => {
    return (await takeErrand(tx, seals, row.stateSha256))?.isUntrusted === false
  }),
  door('upstream_arrivals', 'errandSha256', async ({ seals }, row: ArrivalRow) => {
    return Promise.resolve(trustedArrival(seals, row) !== undefined)
  }),
  door('upstream_sessions', 'errandSha256', async ({ seals }, row: SessionRow) => {
    return Promise.resolve(trustedUpstreamSession(seals, row) !== undefined)
  }),
  door('sign_in_request', 'requestId', async ({ tx, seals }, row: { requestId: string }) => {
    return (await requestById(tx, seals, row.requestId)) !== undefined
  }),
  door('claim_answer', 'personId', async ({ tx, seals }, { personId, ...row }: ClaimRow) => {
    const answers = await answersOf(tx, seals, { personId, serviceId: row.serviceId })
    return answers.some(({ claim }) => claim === row.claim)
  }),
  door('webauthn_challenges', 'challenge', async ({ tx, seals }, row: { challenge: Buffer }) => {
    return (await deleteChallenge(tx, seals, row.challenge))?.isUntrusted === false
  }),
]

type ArrivalRow = Parameters<typeof trustedArrival>[1]
type SessionRow = Parameters<typeof trustedUpstreamSession>[1]
type ClaimRow = Of & { readonly serviceId: string; readonly claim: string }

type Aside = {
  readonly factorId: string
  readonly kind: 'password' | 'totp'
  readonly content: Readonly<Record<string, unknown>>
}

/** Rows by which nothing opens, though they are there. */
export async function shutDoors(look: Look): Promise<string[]> {
  const shut: string[] = []
  for (const looked of doors) shut.push(...(await looked(look)))
  return shut
}
