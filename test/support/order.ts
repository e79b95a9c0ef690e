import { statSync } from 'node:fs'
import { relative } from 'node:path/posix'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { Need } from './files.ts'
import { needOf } from './files.ts'

// What takes long begins first, so that no worker is alone with it at the end. vitest itself goes by how long each file took the
// last time, and in a new clone by its size, which says little: the shortest file looks at every page.

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
