import { createHash } from 'node:crypto'
import type { Adapter } from 'oidc-provider'
import { fromBase64url } from '../../base/values/base64.ts'
import { present } from '../../base/values/present.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { UnitSeen } from './rows-read.ts'
import type { Unit } from './unit.ts'
import { currentUnit } from './unit.ts'
import type { Proof, Replay, Writes } from './unit-rows.ts'

// The model ReplayDetection: client assertions and DPoP proofs, each of which may be used once. An insert decides whether one was
// used before, so that of two requests at once only one succeeds. The read that brings the token inserts the proof, or the commit.

export function proofModel(): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      await Promise.resolve()
      const { pending, seen } = currentUnit()
      const isKnown = pending.proofs.has(id) || seen.usedProofs.has(proofRow(id))
      return isKnown ? { jti: id, exp: Number.MAX_SAFE_INTEGER } : undefined
    },
    async upsert(id, _payload, ttl) {
      const { pending, request } = currentUnit()
      const seconds = present(ttl, 'the time for which a proof is kept')
      pending.proofs.set(id, new Date(request.now.getTime() + seconds * 1000))
      await Promise.resolve()
    },
  }
}

export function proofWrites(unit: Unit): Pick<Writes, 'replays'> {
  return { replays: proofsToNote(unit) }
}

/** The proofs that this request uses and that no read has inserted yet, as rows. */
export function proofsToNote({ pending, reading }: Unit): Replay[] {
  return [...pending.proofs]
    .map(([id, until]) => ({ id: proofRow(id), until }))
    .filter(({ id }) => !reading.notedProofs.has(id))
}

/** Makes this request's client assertion unused again. */
export function releaseAssertion({ pending }: Unit, issuerAndJti: string): void {
  pending.proofs.delete(createHash('sha256').update(issuerAndJti).digest('base64url'))
}

/** The DPoP proof that came with the request's token: the first read inserts it together with reading the token. */
export function proofsOfToken({ request: { hints }, before }: Unit): Proof[] {
  // An earlier look at the same request has inserted it already.
  return hints.proof === undefined || before?.reading.isBegun === true ? [] : [hints.proof]
}

/** The row id of a token's proof, if the token was found and is bound to a key. No other proof is inserted by a read. */
export function proofRowOfToken(seen: UnitSeen, { token, jti }: Proof): string | undefined {
  const bound = seen.artifacts.get(token)?.payload
  if (typeof bound?.['jkt'] !== 'string') return undefined
  return createHash('sha256')
    .update(`${String(bound['clientId'])}${jti}`)
    .digest('hex')
}

// The library's id is already a SHA-256 (of issuer and jti), so the row id is the same hash in hex.
function proofRow(id: string): string {
  return present(fromBase64url(id), 'the hash of a proof').toString('hex')
}
