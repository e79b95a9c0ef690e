import type { Ceremony } from './kinds.ts'
import type { RelyingParty } from './relying-party.ts'
import type { ChallengeBinding, ChallengeHeld } from './store.ts'
import { createHash, randomBytes } from 'node:crypto'
import { fromBase64url } from '../base/values/base64.ts'
import { secondsAfter } from '../base/values/clock.ts'
import type { Database } from '../base/database/database.ts'
import { present } from '../base/values/present.ts'
import { Refusal } from '../base/values/refusal.ts'
import { logUntrusted } from '../people/accounts/index.ts'
import { deleteChallenge, insertChallenge } from './store.ts'

// A challenge lives as long as the browser's own prompt. A page that stays open longer asks for another challenge (public/js/passkey.js).
const lifetimeSeconds = 5 * 60

export async function newChallenge(
  db: Database,
  { guard: { seals } }: RelyingParty,
  bound: ChallengeBinding,
  now: Date,
): Promise<Buffer> {
  const challenge = randomBytes(32)
  await insertChallenge(db, seals, {
    ...bound,
    errand: hashOf(bound.errand),
    challenge,
    expiresAt: secondsAfter(now, lifetimeSeconds),
  })
  return challenge
}

/**
 * Uses a challenge up, whether or not the answer is right: one delete decides between racing answers.
 * @throws Refusal challenge.unusable when it is unknown, expired, used, or was made for something else
 */
export async function takeChallenge(
  db: Database,
  { guard: { seals, log } }: RelyingParty,
  answer: Answer,
  now: Date,
): Promise<ChallengeBinding & { challenge: string }> {
  const challenge = challengeIn(answer.clientDataJson)
  const bytes = fromBase64url(challenge)
  const bound = bytes?.length === 32 ? await deleteChallenge(db, seals, bytes) : undefined
  if (bound?.isUntrusted === true) logUntrusted(log, 'challenge')
  if (bound === undefined || !isFor(bound, answer, now))
    throw new Refusal('challenge.unusable', 409)
  return { ...bound, challenge }
}

type Answer = {
  readonly clientDataJson: string
  readonly ceremony: Ceremony
  readonly errand: string
}

function isFor(bound: ChallengeHeld, { ceremony, errand }: Answer, now: Date): boolean {
  const isOurs = bound.ceremony === ceremony && bound.errand === hashOf(errand)
  return isOurs && bound.expiresAt > now && !bound.isUntrusted
}

// The browser's cookie holds the visit's id: the database holds only its hash.
function hashOf(errand: string): string {
  return createHash('sha256').update(`errand:${errand}`).digest('base64url')
}

function challengeIn(clientDataJson: string): string {
  const data = clientDataOf(clientDataJson)
  const isString =
    typeof data === 'object' &&
    data !== null &&
    'challenge' in data &&
    typeof data.challenge === 'string'
  return isString ? String(data.challenge) : ''
}

/** clientDataJSON, parsed; undefined when it is not base64url of JSON. */
export function clientDataOf(clientDataJson: string): unknown {
  try {
    return JSON.parse(present(fromBase64url(clientDataJson), 'client data').toString())
  } catch {
    return undefined
  }
}
