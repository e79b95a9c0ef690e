import { randomBytes } from 'node:crypto'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Language } from '../../base/values/languages.ts'
import { languages } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import type { RowReader } from '../../people/accounts/index.ts'
import { logUntrusted } from '../../people/accounts/index.ts'
import type { IdTokenClaims } from './id-token-claims.ts'
import type { SentAuthorizationRequest, UpstreamClient } from './client.ts'
import type { UpstreamProvider } from './provider.ts'
import { acrValuesFor } from './provider.ts'
import { visitHash } from '../../base/web/visit.ts'
import { insertErrand, stateHash, takeErrand } from './authorization-store.ts'

// A way to a provider and back. `state` names the errand that began it, a visit or a session, which only its own browser can go on with;
// its hash finds the row that is used up by the first answer.

/** What stands for a session in `state`: its uid never leaves. */
export function sessionErrand(sessionUid: string): string {
  return `acces-${visitHash(`session:${sessionUid}`).toString('hex').slice(0, 32)}`
}

const livesSeconds = 600
/** A sign-in there may be so old, unless a newer one is asked for: as old as a proof in another visit may be. */
const usualMaxAge = 300

type Going = {
  readonly provider: UpstreamProvider
  /** A visit's id, or what stands for a session. */
  readonly errand: string
  readonly language: Language
  readonly level: Level | undefined
  /** 0: she signs in there anew. */
  readonly maxAgeSeconds: number | undefined
}

/** Notes that somebody goes there. @returns where to send her, and what she brings back. @throws Refusal as the client's `address` */
export async function redirectToProvider(
  { db, seals, now }: Pick<RowReader, 'db' | 'seals' | 'now'>,
  client: UpstreamClient,
  { provider, errand, language, level, maxAgeSeconds = usualMaxAge }: Going,
): Promise<{ readonly address: URL; readonly state: string }> {
  const sent = {
    state: `${errand}.${language}.${random()}`,
    nonce: random(),
    verifier: random(),
    maxAge: Math.min(maxAgeSeconds, usualMaxAge),
  }
  const address = await client.address(provider, sent, {
    acrValues: acrValuesFor(provider, level),
    language,
  })
  const { state, ...kept } = sent
  await insertErrand(db, seals, {
    ...kept,
    stateSha256: stateHash(state),
    errandSha256: visitHash(errand),
    providerId: provider.id,
    begunAt: now,
    expiresAt: secondsAfter(now, livesSeconds),
  })
  return { address, state }
}

// 256 bits, which is more than RFC 7636 and OpenID Connect ask for.
function random(): string {
  return randomBytes(32).toString('base64url')
}

const statePattern = new RegExp(`^([\\w-]{1,64})\\.(${languages.join('|')})\\.[\\w-]{43}$`)

/** Which errand an answer is of, and in which language it goes on; undefined: it is no answer to anything of ours. */
export function authorizationRequestIn(
  query: URLSearchParams,
): { errand: string; language: Language } | undefined {
  const [state = '', ...more] = query.getAll('state')
  const [, errand, named] = statePattern.exec(state) ?? []
  const language = languages.find((one) => one === named)
  if (errand === undefined || language === undefined || more.length > 0) return undefined
  return { errand, language }
}

/**
 * Who came back from there, in the errand that went. The state is used up, whatever comes of it.
 * @throws Refusal upstream.unasked; as the client's `arrival`
 */
export async function handleCallback(
  { db, seals, log, now }: RowReader,
  client: UpstreamClient,
  provider: UpstreamProvider,
  { errand, query }: { readonly errand: string; readonly query: string },
): Promise<IdTokenClaims> {
  const state = new URLSearchParams(query).get('state') ?? ''
  const taken = await takeErrand(db, seals, stateHash(state))
  if (taken?.isUntrusted === true) logUntrusted(log, 'upstream errand')
  const isOurs =
    taken?.isUntrusted === false &&
    taken.expiresAt > now &&
    taken.providerId === provider.id &&
    taken.errandSha256.equals(visitHash(errand))
  if (!isOurs) throw new Refusal('upstream.unasked', 403)
  const { nonce, verifier, maxAge, begunAt } = taken
  const sent: SentAuthorizationRequest = { state, nonce, verifier, maxAge }
  const sentSecondsAgo = Math.max(0, Math.floor((now.getTime() - begunAt.getTime()) / 1000))
  return client.arrival(provider, sent, query, sentSecondsAgo)
}
