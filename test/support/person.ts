import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { CountedTry } from '../../src/base/web/limits/tries.ts'
import { deviceLabel } from '../../src/base/web/device.ts'
import { networkOf } from '../../src/base/web/limits/network.ts'
import type { Language } from '../../src/base/values/languages.ts'
import type { Visit } from '../../src/base/web/visit.ts'
import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { openKeysAnywhere } from '../../src/base/keys/known-keys.ts'
import type { SignerSockets } from '../../src/base/values/key-purposes.ts'
import { openLog } from '../../src/base/logging/log.ts'
import type { RowGuard, RowSeals } from '../../src/base/sealing/row-seal.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { principalOf } from '../../src/consent/record/index.ts'
import { makePairwise } from '../../src/people/accounts/index.ts'
import { identitySeals } from '../../src/people/identity/index.ts'
import { makeSessions } from '../../src/provider/index.ts'
import { nothingToWrite } from '../../src/provider/unit/commit.ts'
import { lifetimeOf } from '../../src/provider/configuration/acr-values.ts'
import { makeUnitStore } from '../../src/provider/unit/unit-store.ts'
import type { SigninProof } from '../../src/signin/journey/assurance.ts'
import { assuranceOf } from '../../src/signin/journey/assurance.ts'
import type { ProofContext } from '../../src/signin/journey/proofs.ts'
import { createAccess } from '../../src/signin/journey/proofs.ts'
import { markCodesSeen } from '../../src/signin/journey/store.ts'
import { creationOptions, readRegistration } from '../../src/webauthn/index.ts'
import type { RelyingParty } from '../../src/webauthn/index.ts'
import type { Authenticator } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Browser, Site } from './browser.ts'
import { makeBrowser, userAgent } from './browser.ts'
import { codesOfWhich } from './codes.ts'
import { secret } from './secrets.ts'

/** A person with an access of her own, and a browser in which she is signed in. She was at no service yet. */
export type NewPerson = {
  readonly personId: string
  readonly browser: Browser
  readonly authenticator: Authenticator
  readonly codes: readonly string[]
}

/** A broker whose database and keys are at hand. */
export type OpenBroker = Site & {
  readonly db: Database
  readonly keysDir: string
  /** Where keys of some purposes lie elsewhere. */
  readonly signerSockets?: SignerSockets
}

type Given = {
  readonly authenticator?: Authenticator
  readonly browser?: Browser
  readonly language?: Language
  readonly userAgent?: string
  /** How many of her recovery codes open something, the first ones: none, where a test says nothing. */
  readonly workingCodes?: number
}

/**
 * Opens an access with a passkey, and a session, by the deeds that the pages call, in this process: for a test that begins with
 * a person. How a person comes to be one is another test's subject (`signUpByPages`).
 */
export async function newPerson(broker: OpenBroker, given: Given = {}): Promise<NewPerson> {
  const { db, issuer } = broker
  const browser = given.browser ?? makeBrowser(broker)
  const authenticator = given.authenticator ?? makeAuthenticator({ origin: issuer, counter: 0 })
  const device = randomBytes(16).toString('base64url')
  const { cookie: keys, ...sealing } = await keysOf(broker)
  const vault = makeVault(sealing, signalMapping)
  const named = { issuer, pairwise: makePairwise(sealing.pairwise) }
  const vouchedSeals = identitySeals(sealing)
  const guard = { seals: vault.seals, vault, vouchedSeals, log: openLog('silent') }
  const house = proofContext(broker, guard, browser, given.userAgent ?? userAgent, device)
  const codeProofs = codesOfWhich(given.workingCodes ?? 0, sealing.data)
  const at: ProofContext = { ...house, codeProofs, principalOf: (id) => principalOf(named, id) }
  const asked = { kind: 'passkey', errand: at.visit.id, personId: undefined } as const
  const credential = authenticator.create(await creationOptions(db, at.party, asked, at.now))
  const creation = { response: readRegistration(credential), name: at.device.label }
  const codes = await createAccess(uncounted, at, creation, given.language ?? 'fr')
  await transact(db, (tx) => markCodesSeen(tx, at.visit.id))
  for (const code of codes) {
    secret('recovery code', code)
    secret('recovery code', code.replaceAll('-', ''))
  }
  const { credentialId } = authenticator
  const key = await db('passkeys').where({ credentialId }).first<Key>('personId', 'passkeyId')
  const sid = await putSession(db, guard.seals, key, at)
  for (const [name, value] of Object.entries({ sid, device }))
    browser.take(...signed(name, value, keys[0] ?? ''))
  return { personId: key.personId, browser, authenticator, codes }
}

type Key = { readonly personId: string; readonly passkeyId: string }

/** A person who is there comes in again, by this key of hers, in a browser that she used before. */
export async function signedInAgain(
  broker: OpenBroker,
  key: Key,
  proof: SigninProof = 'new-passkey',
): Promise<Browser> {
  const browser = makeBrowser(broker)
  const { cookie: keys, ...sealing } = await keysOf(broker)
  const seals = makeVault(sealing, signalMapping).seals
  const at = {
    now: new Date(),
    device: { id: '', label: deviceLabel(userAgent), noteOther },
    origin: { requestId: crypto.randomUUID(), network: networkOf(browser.address) },
  }
  browser.take(...signed('sid', await putSession(broker.db, seals, key, at, proof), keys[0] ?? ''))
  return browser
}

// Nothing is guessed here that could be counted.
const uncounted = {} as CountedTry

function proofContext(
  { db, issuer }: OpenBroker,
  guard: RowGuard & Pick<ProofContext, 'vault' | 'vouchedSeals'>,
  { address }: Browser,
  agent: string,
  id: string,
): Omit<ProofContext, 'principalOf' | 'codeProofs'> {
  const now = new Date()
  const party: RelyingParty = {
    id: new URL(issuer).hostname,
    name: 'Accord',
    origin: issuer,
    hints: [],
    isPublicTerminal: false,
    guard,
    levelThree: undefined,
  }
  return {
    db,
    ...guard,
    party,
    visit: visitOf(now),
    sessions: makeSessions({ db, clock: () => now }, guard.seals),
    openDesk: undefined,
    origin: { requestId: crypto.randomUUID(), network: networkOf(address) },
    peer: address,
    device: { id, label: deviceLabel(agent), noteOther },
    now,
  }
}

function visitOf(now: Date): Visit {
  return {
    id: randomBytes(16).toString('base64url'),
    needs: 'login',
    service: undefined,
    personId: undefined,
    actor: undefined,
    acr: '',
    amr: [],
    provedAt: now,
    isOfThisVisit: false,
    factorIds: [],
    level: undefined,
    why: undefined,
    clientId: 'accord',
    details: [],
    claims: () => [],
    isAnswered: false,
    expiresAt: new Date(now.getTime() + 3_600_000),
    openHere: undefined,
    entering: undefined,
    sessionUid: undefined,
    rows: { attempt: null, standing: null, password: null, arrival: null },
    maxAgeSeconds: undefined,
  }
}

/** The session as the library leaves it after a sign-in, by the function that writes it. @returns the value of its cookie */
async function putSession(
  db: Database,
  seals: RowSeals,
  { personId, passkeyId }: Key,
  { now, device, origin }: Pick<ProofContext, 'now' | 'device' | 'origin'>,
  proof: SigninProof = 'new-passkey',
): Promise<string> {
  const sid = secret('cookie', randomBytes(32).toString('base64url'))
  const loginTs = Math.floor(now.getTime() / 1000)
  const { acr, amr } = assuranceOf(proof)
  const uid = randomBytes(32).toString('base64url')
  const write = makeUnitStore(db, seals, () => Promise.resolve()).apply
  const put = {
    deed: 'put',
    row: {
      id: createHash('sha256').update(`Session:${sid}`).digest('hex'),
      uid,
      account_id: personId,
      payload: { accountId: personId, uid, loginTs, acr, amr, transient: true },
      signed_in_at: loginTs,
      device: device.label,
      network: origin.network ?? null,
      expires_at: now.getTime() / 1000 + lifetimeOf(acr, false).idle,
      factor_ids: [passkeyId],
      session_epoch: 0,
    },
    old_id: null,
    signIn: { epoch: 0, line: null },
    added: [],
    removed: [],
    untrusted: [],
  } as const
  await write({ now, writes: { ...nothingToWrite, sessions: [put] } })
  return sid
}

const known = new Map<string, Promise<Keys>>()

function keysOf({ keysDir, signerSockets = {} }: OpenBroker): Promise<Keys> {
  const keys = known.get(keysDir) ?? openKeysAnywhere({ keysDir, signerSockets })
  known.set(keysDir, keys)
  return keys
}

/** A cookie and its signature, as koa makes them of the first of its keys. */
function signed(name: string, value: string, key: string) {
  const signature = createHmac('sha1', key).update(`${name}=${value}`).digest('base64url')
  return [
    { name, value, path: '/' },
    { name: `${name}.sig`, value: signature, path: '/' },
  ]
}

// No browser keeps a cookie here.
function noteOther(): void {
  return undefined
}
