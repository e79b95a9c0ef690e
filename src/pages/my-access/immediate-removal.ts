import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { freshSeconds } from '../../base/web/person.ts'
import type { WaitingWay } from '../../people/accounts/index.ts'
import { holdAndWaiting, holdSeconds, isSeen, seenWays } from '../../people/accounts/index.ts'
import { findFactor } from '../../signin/factors/index.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import { keysOf } from '../../webauthn/index.ts'
import { stillOpens } from './opens.ts'

// Who takes a way in away at once. One way in alone never does: whoever stole it would shut the owner out. Nor do two of which the first
// has just added the second.

type Asking = {
  readonly seals: RowSeals
  readonly who: Pick<SignedInPerson, 'personId' | 'factorIds' | 'authTime'>
  readonly now: Date
}

/**
 * Whether this session takes ways in away at once: a way in that is older than the session's own has just proved in it, and both have stood
 * for longer than what waits; or a code from a counter made it.
 */
export async function takesAtOnce(
  db: Database | Transaction,
  { seals, who, now }: Asking,
): Promise<boolean> {
  const { personId, factorIds, authTime } = who
  const { waiting, ways } = await holdAndWaiting(db, seals, personId, now)
  if (waiting.some(({ name }) => factorIds.includes(name))) return false
  if (isSeen(ways, factorIds, now)) return true
  const proved = waysProved(
    factorIds,
    await settledOf(db, seals, personId, secondsAfter(now, -holdSeconds)),
  )
  const last = proved.at(-1)
  const isFresh = authTime >= secondsAfter(now, -freshSeconds)
  return isFresh && last !== undefined && proved.some(({ madeAt }) => madeAt > last.madeAt)
}

/** Whether a removal counts at once, or waits; `last`: it waits although a counter gave the code. */
export type RemovalRequest = 'now' | 'waits' | 'last'

/**
 * How this session takes these ways away. What a counter gave takes the last way of before away at once only where another one has
 * contradicted that way already: somebody else than she may stand at the counter, and nobody is left without a way in by one press.
 */
export async function removalCourse(
  db: Database | Transaction,
  asking: Asking,
  these: readonly string[],
): Promise<RemovalRequest> {
  if (!(await takesAtOnce(db, asking))) return 'waits'
  const { seals, who, now } = asking
  const { personId, factorIds } = who
  const { hold, waiting, ways } = await holdAndWaiting(db, seals, personId, now)
  if (!isSeen(ways, factorIds, now)) return 'now'
  const ofRecovery = [...(hold?.added ?? []), ...seenWays(ways)]
  if (these.every((name) => ofRecovery.includes(name))) return 'now'
  const young = [...factorIds, ...ofRecovery]
  const isContested = ({ because, by }: WaitingWay) =>
    because === 'disputed' ||
    because === 'decided' ||
    (because === 'denied' && by.some((other) => !young.includes(other)))
  if (waiting.some((one) => these.includes(one.name) && isContested(one))) return 'now'
  const isLeft = await stillOpens(db, seals, personId, [...these, ...young])
  return isLeft ? 'now' : 'last'
}

type Settled = {
  readonly way: string
  readonly madeAt: Date
}

/** The ways in which proved, in the order in which each proved last; one that is young, suspended or changed makes nothing sure. */
function waysProved(
  factorIds: readonly string[],
  settled: ReadonlyMap<string, Settled>,
): readonly Settled[] {
  const proved: Settled[] = []
  for (const id of factorIds) {
    const one = settled.get(id)
    if (one === undefined) return []
    const before = proved.find(({ way }) => way === one.way)
    // A password with what follows it is one way, as young as its youngest part.
    const madeAt = before !== undefined && before.madeAt > one.madeAt ? before.madeAt : one.madeAt
    if (before !== undefined) proved.splice(proved.indexOf(before), 1)
    proved.push({ way: one.way, madeAt })
  }
  return proved
}

async function settledOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  before: Date,
): Promise<ReadonlyMap<string, Settled>> {
  const found = new Map<string, Settled>()
  const add = (id: string, way: string, factor: Aged | undefined) => {
    if (factor === undefined || factor.isUntrusted || factor.createdAt > before) return
    if (factor.suspendedAt instanceof Date) return
    found.set(id, { way, madeAt: factor.createdAt })
  }
  for (const key of await keysOf(db, seals, personId))
    add(key.passkeyId, key.kind === 'passkey' ? key.passkeyId : 'password', key)
  for (const identity of await identitiesOf(db, seals, personId))
    if (!identity.isBlocked) add(identity.factorId, identity.factorId, identity)
  for (const kind of ['password', 'totp'] as const) {
    const factor = await findFactor(db, seals, kind, personId)
    if (factor !== undefined) add(factor.factorId, 'password', factor)
  }
  return found
}

type Aged = {
  readonly createdAt: Date
  readonly isUntrusted: boolean
  readonly suspendedAt?: Date | null
}
