import { activityOf } from '../../people/accounts/index.ts'
import type { ProposalOutcome, ProposedDeed } from '../../people/offices/index.ts'
import { proposalsOf } from '../../people/offices/index.ts'
import type { DeskRoom } from './desk-room.ts'

// What an officer did, for himself to read. Each room of his deeds adds a source here, and its words.

export type WorkLine = {
  readonly at: Date
  /** What happened to his access. */
  readonly kind?: string | undefined
  /** What he did with a proposal of this deed. */
  readonly proposal?:
    | { readonly deed: ProposedDeed; readonly did: 'proposed' | ProposalOutcome }
    | undefined
  /** From which network and browser, where it was noted. */
  readonly from?: string | undefined
}

type Asked = { readonly officerId: string; readonly before: Date; readonly most: number }

/** Lines of before an instant, the newest first. */
type LineSource = (room: DeskRoom, asked: Asked) => Promise<readonly WorkLine[]>

const sources: readonly LineSource[] = [linesOfAccess, linesOfProposals]

const linesOfAPage = 50

/** The newest lines of before an instant, and whether there are older ones. */
export async function workLines(
  room: DeskRoom,
  officerId: string,
  before: Date,
): Promise<{ readonly lines: readonly WorkLine[]; readonly hasOlder: boolean }> {
  const asked = { officerId, before, most: linesOfAPage + 1 }
  const found = await Promise.all(sources.map((source) => source(room, asked)))
  const sorted = found
    .flat()
    .filter(({ at }) => at < before)
    .toSorted((one, other) => other.at.getTime() - one.at.getTime())
  // A page goes on from an instant: all lines of its last one are on it.
  const last = sorted.at(linesOfAPage - 1)
  const lines = sorted.filter(({ at }) => last === undefined || at >= last.at)
  return { lines, hasOlder: sorted.length > lines.length }
}

// No line of one instant is before it, so the place of a page is an instant.
const leastId = '00000000-0000-0000-0000-000000000000'

async function linesOfAccess(
  { foundation: { db } }: DeskRoom,
  { officerId, before, most }: Asked,
): Promise<readonly WorkLine[]> {
  const place = { place: before.toISOString(), activityId: leastId }
  const lines = await activityOf(db, officerId, place, most)
  return lines.map(({ at, kind, network, device }) => ({
    at,
    kind,
    from: [device, network].filter((one) => one !== null).join(', '),
  }))
}

async function linesOfProposals(
  { foundation: { db }, vault }: DeskRoom,
  { officerId, before, most }: Asked,
): Promise<readonly WorkLine[]> {
  const rows = await proposalsOf(db, vault.seals.rows, officerId, { before, most })
  return rows.flatMap(({ deed, madeBy, madeAt, decidedBy, decidedAt, decision }): WorkLine[] => {
    const made = { at: madeAt, proposal: { deed, did: 'proposed' as const } }
    const isDecidedByHim = decidedBy === officerId && decidedAt !== null && decision !== null
    return [
      ...(madeBy === officerId ? [made] : []),
      ...(isDecidedByHim ? [{ at: decidedAt, proposal: { deed, did: decision } }] : []),
    ]
  })
}
