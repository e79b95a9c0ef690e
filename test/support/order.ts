import { statSync } from 'node:fs'
import { relative } from 'node:path/posix'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { Need } from './files.ts'
import { needOf } from './files.ts'

// Long files begin first, so that no worker is alone with one at the end. vitest itself goes by the times of the last run, and in a new
// clone by the size of a file, which says little: the shortest file opens every page.

const ranks: readonly Need[] = [
  'a browser',
  'processes of its own',
  'a clock that moves, or many things at once',
  'no more',
]

export class LongFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placed = files.map((spec) => {
      const file = relative(this.ctx.config.root, spec.moduleId)
      return { spec, rank: ranks.indexOf(needOf(file)), size: statSync(spec.moduleId).size }
    })
    placed.sort((a, b) => a.rank - b.rank || b.size - a.size)
    return Promise.resolve(placed.map(({ spec }) => spec))
  }
}
