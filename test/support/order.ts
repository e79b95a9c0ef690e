import { statSync } from 'node:fs'
import { relative } from 'node:path/posix'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { Need } from './files.ts'
import { needOf } from './files.ts'

// Long files begin first, so that no worker is alone with one at the end. vitest itself goes by the times of the last run, and in a new
// clone by the size of a file, which says little: the shortest file opens every page. A browser is several processes, which work more
// than one core; files that start processes, or let time pass, wait more than they work. So the two kinds begin in turns: two browsers
// at once would wait for each other, and later two files that wait would leave the machine idle.

const ranks: readonly Need[] = [
  'a browser',
  'processes of its own',
  'a wait, or many things at once',
  'no more',
]

export class LongFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = files.map((spec) => {
      const need = needOf(relative(this.ctx.config.root, spec.moduleId))
      return { spec, need, size: statSync(spec.moduleId).size }
    })
    return Promise.resolve(inTurns(known).map(({ spec }) => spec))
  }
}

type Known = { readonly need: Need; readonly size: number }

/** Those of a browser and the others that are long in turns, until both have come to their end at the same time; then all that need no more. */
export function inTurns<T extends Known>(files: readonly T[]): T[] {
  const sorted = files.toSorted(
    (a, b) => ranks.indexOf(a.need) - ranks.indexOf(b.need) || b.size - a.size,
  )
  const groups = Map.groupBy(sorted, ({ need }) =>
    need === 'a browser' || need === 'no more' ? need : 'long',
  )
  const turns = [groups.get('a browser') ?? [], groups.get('long') ?? []].flatMap((group) =>
    group.map((file, i) => ({ file, at: (i + 0.5) / group.length })),
  )
  const long = turns.toSorted((a, b) => a.at - b.at).map(({ file }) => file)
  return [...long, ...(groups.get('no more') ?? [])]
}
