import type { Transaction } from '../../src/base/database/database.ts'
import type { Pages, Shown } from './tamper-pages.ts'
import { differenceOf } from './tamper-pages.ts'
import type { Tried } from './tamper-report.ts'
import { nothingFound } from './tamper-report.ts'
import { pick } from './tampering.ts'
import type { Decided, World } from './tamper-looks.ts'
import { decisionsOf, headsOf, inUndone, undoneWithin } from './tamper-looks.ts'

// What pages show of what the tamper drill changed, beside what they showed before.

/** What was so before a change. */
export type Before = {
  readonly decided: Decided
  /** Whose pages are looked at, and what they show. */
  readonly pages: Pages
  readonly watched: string
  readonly shown: Shown
}

export async function beforeNow(world: World, pages: Pages): Promise<Before> {
  const { load, chance } = world.life
  const { personId: watched } = pick(chance, world.sharers)
  const decided = await inUndone(load, (tx) => decisionsOf(world, tx))
  const heads = headsOf(world)
  const shown = await inUndone(load, (tx) => pages.look({ tx, heads }, watched))
  return { decided, pages, watched, shown }
}

/** The pages say the same again. */
export function seenAgain(world: World, n: number, before: Before): Promise<Tried> {
  return inUndone(world.life.load, async (tx) => {
    const { others } = await shownNow(world, tx, before)
    return { n, change: undefined, found: { ...nothingFound, pages: others } }
  })
}

/** Which addresses show something else than before, and which of them say that something is wrong. */
export async function shownNow(world: World, tx: Transaction, { pages, watched, shown }: Before) {
  const looking = { heads: headsOf(world) }
  // What a page writes, as that it found something, is of this look alone.
  const now = await undoneWithin(tx, (inner) => pages.look({ ...looking, tx: inner }, watched))
  const addresses = [...new Set([...shown.keys(), ...now.keys()])]
  const changed = addresses.filter((address) => now.get(address) !== shown.get(address))
  const named = changed.filter((address) => wrongIn(now.get(address)) > wrongIn(shown.get(address)))
  const others = changed.map(
    (address) => `${address} ${differenceOf(shown.get(address), now.get(address))}`,
  )
  return { others, named }
}

// What pages say of rows that are not as they were written, and of entries that do not fit.
const wrongWords =
  /n’est plus tel que nous l’avons écrit|role="alert"|data-state="wrong"|"state":"(?:down|late)"/g

function wrongIn(text = ''): number {
  return [...text.matchAll(wrongWords)].length
}
