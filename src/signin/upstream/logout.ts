import { createHash } from 'node:crypto'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import type { LogoutTokenClaims } from './logout-token.ts'
import { longestSeconds } from './logout-token.ts'
import type { UpstreamProvider } from './provider.ts'
import { forgetComing, identitiesInSession, sessionHash, useLogoutToken } from './session-store.ts'
import { findIdentity, identityHash } from './store.ts'

type Ending = {
  readonly seals: RowSeals
  readonly sessions: Sessions
  readonly origin: Origin
  readonly now: Date
}

/**
 * Ends the sessions here that came by an account elsewhere, or by one session of it, after its provider said that somebody is signed out
 * there. About somebody whom nobody knows here there is nothing to do.
 * @returns false: the token was used before
 */
export async function endSessionsByLogoutToken(
  tx: Transaction,
  { id: providerId, issuer }: UpstreamProvider,
  { subject, session, tokenId }: LogoutTokenClaims,
  { seals, sessions, origin, now }: Ending,
): Promise<boolean> {
  const token = createHash('sha256').update(`upstream-logout:${issuer}\n${tokenId}`).digest()
  if (!(await useLogoutToken(tx, token, secondsAfter(now, 2 * longestSeconds)))) return false
  const sessionSha256 = session === undefined ? undefined : sessionHash(issuer, session)
  const about =
    subject === undefined
      ? await identitiesInSession(
          tx,
          seals,
          {
            providerId,
            sessionSha256: present(sessionSha256, 'the subject or the session of a logout'),
          },
          now,
        )
      : [identityHash(issuer, subject)]
  // Where the token names her too, a session that the provider never named may be the one.
  const isUnnamedToo = subject !== undefined
  for (const identitySha256 of about) {
    const identity = await findIdentity(tx, seals, identitySha256)
    if (identity !== undefined) {
      const { personId, factorId } = identity
      const where = { session: sessionSha256?.toString('hex'), isUnnamedToo }
      const cameBy = { factorId, provider: providerId, ...where }
      const ended = await sessions.endFromElsewhere(tx, personId, cameBy)
      const line = { kind: 'session.ended-elsewhere', personId, result: 'done' } as const
      if (ended > 0) await recordActivity(tx, line, origin, now)
    }
    await forgetComing(tx, { identitySha256, sessionSha256, isUnnamedToo })
  }
  return true
}
