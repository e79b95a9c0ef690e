import { randomBytes } from 'node:crypto'
import { expiringMap, type ExpiringMap } from './expiring-map.ts'
import type { BursaryFile } from './recipient/bursary-file.ts'
import type { Residence } from './recipient/residence-file.ts'
import type { Told } from './told.ts'

/** Who is signed in here, as the ID token said it. */
export type Session = {
  /** The person's number at this organisation; every other organisation receives another one. */
  readonly sub: string
  /** The provider's session, by which a back-channel logout names what to end. */
  readonly sid: string | undefined
  readonly acr: string | undefined
  readonly authenticatedAt: Date
  /** Kept only for the provider's logout, where it tells whose session ends. */
  readonly idToken: string
  /** The person's request for a bursary with its tokens; it ends with the session. */
  readonly file?: BursaryFile
  /** The agency's answer about her residence; it ends with the session. */
  readonly residence?: Residence
  /** What she lets this application have, as it was at her sign-in. */
  readonly told?: Told
}

export type Sessions = ExpiringMap<Session>

export const sessionLifetimeSeconds = 30 * 60
const sessionLimit = 1000

// One process keeps its sessions in its own memory. An application with several processes needs a shared store:
// otherwise the back-channel logout reaches only one of them.
export function openSessions(): Sessions {
  return expiringMap<Session>({ limit: sessionLimit, lifetimeSeconds: sessionLifetimeSeconds })
}

/** 128 random bits: nobody guesses a session. */
export function newSecretId(): string {
  return randomBytes(16).toString('base64url')
}

/** Ends what a logout token names: one session of the provider (sid), or all of a person (sub alone). */
export function endMatching(
  sessions: Sessions,
  named: { readonly sub?: string | undefined; readonly sid?: string | undefined },
  now: Date,
): number {
  const matching = sessions.live(now).filter(([, session]) => isNamed(session, named))
  for (const [id] of matching) sessions.remove(id)
  return matching.length
}

function isNamed(
  session: Session,
  { sub, sid }: { sub?: string | undefined; sid?: string | undefined },
): boolean {
  if (sub === undefined && sid === undefined) return false
  return (sub === undefined || session.sub === sub) && (sid === undefined || session.sid === sid)
}
