import type { Session } from '../../base/database/db-session.ts'
import { writeId } from '../../base/values/ids.ts'
import type { KnownPerson, Vault } from '../chain/index.ts'
import { countStrayEntries, knownPeople, strayChains } from '../chain/index.ts'
import type { DoubtedPerson } from './doubt.ts'
import type { EndNow } from './fallen-ends.ts'
import { fallenEnds } from './fallen-ends.ts'
import type { FoldParts, PersonRead } from './fold.ts'
import { foldRead, readPeople } from './fold.ts'
import { strayRows } from './store.ts'
import type { Difference } from './told-rows.ts'

// The walk over people: batch by batch, so that any number of people needs the memory of a few.

const mostPeople = 250
// A person alone may have more: she is a batch then.
const mostEvents = 20_000
export const maxNamedDifferences = 100
const maxBatches = 1_000_000
export const firstPersonId = '00000000-0000-0000-0000-000000000000'

export type Batch = {
  readonly people: readonly KnownPerson[]
  /** The last person of the batch, wanted or not. */
  readonly reached: string
  readonly isLast: boolean
}

/** The next people after this one. */
export async function nextBatch(
  session: Session,
  after: string,
  isWanted: (person: KnownPerson) => boolean = () => true,
): Promise<Batch> {
  const known = await knownPeople(session, after, mostPeople)
  let events = 0
  const fitting = known.filter((person, i) => {
    events += isWanted(person) ? person.events : 0
    return i === 0 || events <= mostEvents
  })
  return {
    people: fitting.filter(isWanted),
    reached: fitting.at(-1)?.personId ?? after,
    isLast: known.length < mostPeople && fitting.length === known.length,
  }
}

export type WalkFigures = {
  readonly people: number
  readonly events: number
  readonly differences: number
  /** The first hundred. */
  readonly named: readonly Difference[]
}

export const noWalkFigures: WalkFigures = { people: 0, events: 0, differences: 0, named: [] }

/** What a walk reads by. `endNow` asks past the session’s instant, for people who write meanwhile. */
export type WalkReading = {
  readonly session: Session
  readonly vault: Vault
  readonly parts: FoldParts
  readonly endNow: EndNow
}

/** @returns the figures, and about whom something was found in this batch */
export async function walkBatch(
  { session, vault, parts, endNow }: WalkReading,
  { people }: Batch,
  walked: WalkFigures,
): Promise<{ readonly walked: WalkFigures; readonly doubted: readonly DoubtedPerson[] }> {
  return walkRead(vault, parts, await readPeople(session, parts, people), walked, endNow)
}

async function walkRead(
  vault: Vault,
  parts: FoldParts,
  read: readonly PersonRead[],
  walked: WalkFigures,
  endNow?: EndNow,
) {
  const folded = await foldRead(vault, parts, read)
  // It is no doubt that two settle: each process denies by the feed itself, for as long as it knows more.
  const fallen = await fallenEnds(vault.heads, read, endNow)
  const found = [...folded.flatMap(({ differences }) => differences), ...fallen]
  const events = folded.reduce((sum, one) => sum + one.events, walked.events)
  const doubted = read.flatMap(({ personId, now }, i): DoubtedPerson[] => {
    const differences = folded[i]?.differences.length ?? 0
    return differences === 0 ? [] : [{ personId, seenAt: now, differences }]
  })
  return {
    walked: { ...adding(walked, found), people: walked.people + read.length, events },
    doubted,
  }
}

/**
 * What no person leads to: chains of their own whose permit is gone, with all that was said of it; rows about a decision that is not
 * there; and entries of the logs that were
 * somebody's before she was put back to an earlier state.
 */
export async function walkStrays(
  session: Session,
  parts: FoldParts,
  walked: WalkFigures,
): Promise<WalkFigures> {
  const strays = await strayChains(session, maxNamedDifferences)
  const because = 'no permit has this chain'
  const chains = strays.map((id) => ({
    table: 'ledger_event',
    called: writeId('evt', id),
    because,
  }))
  const count = await countStrayEntries(session)
  const says = count > 0 ? 'belong to no event' : 'are missing for events'
  const entries = { table: 'ledger_position', called: 'all logs' }
  const found = count === 0 ? [] : [{ ...entries, because: `${Math.abs(count)} entries ${says}` }]
  const rows = (await strayRows(session, parts.strays, maxNamedDifferences)).map(
    ({ table, about }) => ({
      table,
      called: writeId('dec', about),
      because: 'it is about no decision',
    }),
  )
  return adding(walked, [...chains, ...rows, ...found])
}

function adding(walked: WalkFigures, found: readonly Difference[]): WalkFigures {
  return {
    ...walked,
    differences: walked.differences + found.length,
    named: [...walked.named, ...found].slice(0, maxNamedDifferences),
  }
}

const unheard = () => Promise.resolve()

/**
 * Everybody, at the one instant that the session holds. While a batch is folded here, the database reads the next one.
 * @param doubt hears of each person about whom something was found
 */
export async function walkEverybody(
  session: Session,
  vault: Vault,
  parts: FoldParts,
  tell: (walked: WalkFigures) => void = () => undefined,
  doubt: (person: DoubtedPerson) => Promise<void> = unheard,
): Promise<WalkFigures> {
  let walked = noWalkFigures
  let ahead = readAhead(session, parts, firstPersonId)
  for (let n = 0; n < maxBatches; n++) {
    const { batch, read } = await ahead
    if (!batch.isLast) ahead = readAhead(session, parts, batch.reached)
    const one = await walkRead(vault, parts, read, walked)
    walked = one.walked
    for (const person of one.doubted) await doubt(person)
    tell(walked)
    if (batch.isLast) {
      const all = await walkStrays(session, parts, walked)
      return adding(all, await parts.together(session, vault.seals))
    }
  }
  throw new Error('people without end')
}

type Ahead = { readonly batch: Batch; readonly read: readonly PersonRead[] }

function readAhead(session: Session, parts: FoldParts, after: string): Promise<Ahead> {
  const reading = nextBatch(session, after).then(async (batch) => ({
    batch,
    read: await readPeople(session, parts, batch.people),
  }))
  // Whoever waits for it is told of its failure. If the batch before it fails, nobody waits.
  reading.catch(() => undefined)
  return reading
}
