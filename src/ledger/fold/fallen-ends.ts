import { writeId } from '../../base/values/ids.ts'
import type { EndComparison, KnownEnd, KnownHeads } from '../chain/index.ts'
import type { PersonRead } from './fold.ts'
import type { Difference } from './told-rows.ts'

// A person who is put back whole fits herself: rows, events and the end of her chain are of one moment, and each bears a true seal. What was
// outside the database meanwhile knows more of her: the feed of heads, and what this process wrote.

/** The end of a chain as it is at this moment; undefined: there is none. */
export type EndNow = (chainId: string) => Promise<KnownEnd | undefined>

/** Somebody who writes meanwhile is looked at again; nobody does so each time. */
const mostLooks = 3

/** Of these people, whose chain ends before what is known of it, or otherwise. */
export async function fallenEnds(
  heads: Pick<KnownHeads, 'compare'>,
  read: readonly PersonRead[],
  endNow: EndNow | undefined,
): Promise<Difference[]> {
  const found: Difference[] = []
  for (const { personId, own } of read) {
    let end = endOf(own.head)
    let compared = heads.compare(personId, end)
    const looks = endNow === undefined ? 0 : mostLooks
    for (let n = 0; n < looks && isFallen(compared); n++) {
      end = (await endNow?.(personId)) ?? end
      compared = heads.compare(personId, end)
    }
    if (!isFallen(compared)) continue
    const last = own.rows.at(-1)
    const called = last === undefined ? `person ${personId}` : writeId('evt', last.eventId)
    found.push({ table: 'person_head', called, because: says[compared] })
  }
  return found
}

type Fallen = 'older' | 'other'

const says: Readonly<Record<Fallen, string>> = {
  older: 'the feed of heads has a later end of this chain: its person was put back',
  other: 'the feed of heads has another end of this chain: its person was put back',
}

function isFallen(compared: EndComparison): compared is Fallen {
  return compared === 'older' || compared === 'other'
}

function endOf(head: PersonRead['own']['head']): KnownEnd {
  return { nextSeq: head?.nextSeq ?? 1, commitment: head?.headCommitment ?? null }
}
