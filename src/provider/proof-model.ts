import { createHash } from 'node:crypto'
import type { Adapter } from 'oidc-provider'
import { fromBase64url } from '../base/platform/base64.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { UnitSeen } from './seen.ts'
import type { Unit } from './unit.ts'
import { currentUnit, rowId } from './unit.ts'
import type { Proof, Replay, Writes } from './unit-store.ts'

// The model ReplayDetection: client assertions and proofs of possession that are used once. Whether one was used before is decided
// by the insert, so that two at once cannot both be first: the insert of the read that brings the token, or that of the commit.

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
      pending.proofs.set(id, new Date(request.now.getTime() + (ttl ?? 0) * 1000))
      await Promise.resolve()
    },
  }
}

export function proofWrites(unit: Unit): Pick<Writes, 'replays'> {
  return { replays: proofsToNote(unit) }
}

/** The proofs used by this request and noted nowhere yet, as rows. */
export function proofsToNote({ pending, reading }: Unit): Replay[] {
  return [...pending.proofs]
    .map(([id, until]) => ({ id: proofRow(id), until }))
    .filter(({ id }) => !reading.notedProofs.has(id))
}

/** Takes back an assertion that this request came with. */
export function spareProof({ pending }: Unit, issuerAndJti: string): void {
  pending.proofs.delete(createHash('sha256').update(issuerAndJti).digest('base64url'))
}

/** The proof beside a token that the request hints at: the first read notes it. */
export function proofsBeside({ request: { hints }, before }: Unit): Proof[] {
  const [token] = hints.artifacts
  // A look before this one has noted it.
  if (token === undefined || hints.proof === undefined || before?.reading.isBegun === true)
    return []
  return [{ ...hints.proof, token: rowId(token.model, token.id) }]
}

/** The row of a proof beside a token, if that token was found and is bound to a key: no other proof is noted. */
export function proofRowBeside(seen: UnitSeen, { token, jti }: Proof): string | undefined {
  const bound = seen.artifacts.get(token)?.payload
  if (typeof bound?.['jkt'] !== 'string') return undefined
  return createHash('sha256')
    .update(`${String(bound['clientId'])}${jti}`)
    .digest('hex')
}

// The library's id is SHA-256 of issuer and jti.
function proofRow(id: string): string {
  const hash = fromBase64url(id)
  if (hash === undefined) throw new TypeError('the library hashes otherwise')
  return hash.toString('hex')
}
