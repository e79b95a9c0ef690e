import type { AccountHeld, WaitingWay } from '../../people/accounts/index.ts'
import {
  devicesRemembered,
  contactSeals,
  judgedContacts,
  waitingWays,
} from '../../people/accounts/index.ts'
import type { Passwords } from '../../signin/factors/index.ts'
import { codesHeld, findFactor } from '../../signin/factors/index.ts'
import { timeOfId, writeId } from '../../base/values/ids.ts'
import type { SessionInfo, Sessions } from '../../base/ports/sessions-port.ts'
import type { SignInRequests } from '../../base/ports/ciba-port.ts'
import { chosenMessages } from '../../people/notifications/index.ts'
import type { Identity } from '../../signin/upstream/index.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import type { Passkey } from '../../webauthn/index.ts'
import { attestationsOf, passkeysOf, securityKeysOf } from '../../webauthn/index.ts'
import type { HeldContext } from './deeds.ts'

export type ExportContext = HeldContext & {
  readonly sessions: Pick<Sessions, 'list'>
  readonly signInRequests: Pick<SignInRequests, 'silences'>
  readonly passwords: Pick<Passwords, 'addressOf'>
}

/** The data about a person's access: at most a page of each kind. */
export async function headOf(
  { foundation, notary, sessions, signInRequests, passwords }: ExportContext,
  personId: string,
  account: AccountHeld,
): Promise<object> {
  const { db, clock, config } = foundation
  const { seals } = notary.vault
  const codes = await codesHeld(db, personId)
  const asked = await devicesRemembered(db, personId)
  const attested = await attestationsOf(db, seals, personId)
  const password = await findFactor(db, seals, 'password', personId)
  const totp = await findFactor(db, seals, 'totp', personId)
  const identities = await identitiesOf(db, seals, personId)
  const waiting = await waitingWays(db, seals, personId, clock())
  return {
    format: 'accord-export',
    version: 1,
    issuer: config.issuer,
    exported_at: clock().toISOString(),
    account: { language: account.locale, opened_at: account.openedAt.toISOString() },
    passkeys: (await passkeysOf(db, seals, personId)).map((key) => ({
      ...passkeyAnswer(key),
      // Of a key of level 3: the AAGUID (WebAuthn Level 3, 6.5.1).
      attested_model: attested.get(key.passkeyId)?.aaguid ?? null,
    })),
    security_keys: (await securityKeysOf(db, seals, personId)).map(passkeyAnswer),
    password: password && {
      address: password.isUntrusted ? null : await passwords.addressOf(password),
      ...factorAnswer(password),
    },
    code_application: totp && factorAnswer(totp),
    accounts_elsewhere: identities.map(({ issuer, createdAt, lastUsedAt }) => ({
      issuer,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt?.toISOString() ?? null,
    })),
    // What was taken away, or is denied, and waits: a password that was replaced stands here alone.
    waiting: waiting.map((one) => waitingAnswer(one, identities)),
    devices: asked.devices.map(({ firstSeenAt, lastSeenAt }) => ({
      first_seen_at: firstSeenAt.toISOString(),
      last_seen_at: lastSeenAt.toISOString(),
    })),
    notices: asked.notices.map(({ at, ...notice }) => ({ ...notice, at: at.toISOString() })),
    recovery_codes: codes.map(({ createdAt, usedAt }) => ({
      made_at: createdAt.toISOString(),
      used_at: usedAt?.toISOString() ?? null,
    })),
    messages: await messagesAnswer(foundation, personId),
    // Bodies of which she wants no sign-in requests.
    sign_in_silences: (await signInRequests.silences(personId)).map((silence) => ({
      organisation: silence.orgId,
      silenced_at: silence.silencedAt.toISOString(),
    })),
    sessions: (await sessions.list(personId)).map(sessionAnswer),
  }
}

function sessionAnswer({ device, network, signedInAt, lastSeenAt }: SessionInfo) {
  return {
    device,
    network,
    signed_in_at: signedInAt.toISOString(),
    last_seen_at: lastSeenAt.toISOString(),
  }
}

// Her addresses and her choices about messages; an address that she removed lately is still held.
async function messagesAnswer({ db, keys }: HeldContext['foundation'], personId: string) {
  const { channel, language, sendings, questionReminders } = await chosenMessages(db, personId)
  const seals = contactSeals(keys)
  const held = await judgedContacts(db, seals.rows, personId)
  const addresses = held.map((contact) => ({
    channel: contact.channel,
    // An address that somebody wrote in the place of hers is not hers.
    address: contact.isUntrusted ? null : seals.open(contact.sealed, contact.contactId),
    confirmed_at: contact.confirmedAt.toISOString(),
    removed_at: contact.removedAt?.toISOString() ?? null,
  }))
  return { channel, language, sendings, question_reminders: questionReminders, addresses }
}

const waitingKinds: Readonly<Partial<Record<WaitingWay['kind'], string>>> = {
  totp: 'code_application',
  identity: 'account_elsewhere',
  codes: 'recovery_codes',
  contact: 'address',
}

function waitingAnswer(
  { kind, name, because, since, until }: WaitingWay,
  identities: readonly Pick<Identity, 'factorId' | 'issuer'>[],
) {
  const issuer = identities.find(({ factorId }) => factorId === name)?.issuer ?? null
  return {
    kind: waitingKinds[kind] ?? kind,
    // As `key_id` and `issuer` above name it.
    ...(kind === 'key' && { key_id: writeId('key', name) }),
    ...(kind === 'identity' && { issuer }),
    made_at: kind === 'codes' ? name : timeOfId(name).toISOString(),
    because,
    since: since.toISOString(),
    // Null: two ways contradict each other, until a third one decides.
    until: until?.toISOString() ?? null,
  }
}

type FactorHeld = { createdAt: Date; lastUsedAt: Date | null; suspendedAt: Date | null }

function factorAnswer({ createdAt, lastUsedAt, suspendedAt }: FactorHeld) {
  return {
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    suspended_at: suspendedAt?.toISOString() ?? null,
  }
}

// The public key and the credential id stay out: neither says anything about the person.
function passkeyAnswer(key: Passkey) {
  return {
    key_id: writeId('key', key.passkeyId),
    name: key.name,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    suspended_at: key.suspendedAt?.toISOString() ?? null,
    transports: key.transports,
    may_be_synchronised: key.backupEligible,
    is_synchronised: key.backupState,
  }
}
