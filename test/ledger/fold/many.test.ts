import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldParts } from '../../../src/house/folds.ts'
import { transact } from '../../../src/base/database/database.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { knownPeople } from '../../../src/ledger/chain/index.ts'
import { walkEverybody } from '../../../src/ledger/fold/index.ts'
import { copyPeople } from '../../support/many-people.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf } from '../../support/reporting.ts'
import type { Load } from '../../support/sharing-load.ts'
import { newSharers, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// Everybody's rows against everybody's events. `npm run drill -- fold --people N` makes it long, and says how fast it was.

const people = Number(process.env['DRILL_PEOPLE'] ?? 600)
// A million people are made, and walked over twice, in hours.
const longestMs = 10 * 60_000 + people * 15
// Beside what the process held before the walk.
const memoryMiB = 250

let stage: Stage
let load: Load
let bodies: Bodies

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

test(
  `${people} people, truly sealed, are walked over in little memory; one changed row is found`,
  { timeout: longestMs },
  async () => {
    // Four with a yes, one with a permit and its report beside it: 2.4 events a consent.
    const sharers = await newSharers(load, 5)
    const [one] = sharers
    if (one === undefined) throw new Error('nobody')
    await bodies.report(await bodies.permit(one))
    const parts = foldParts(load.live.current())
    const like = sharers.map(({ personId }) => personId)
    await copyPeople(load, parts, like, people)
    await load.db.raw('analyze')

    const { session, close } = await openSession(stage.databaseUrl)
    try {
      // Otherwise a batch takes the longer, the more people stand before it.
      expect(await rowsOfNext(session, 10)).toBeLessThan(100)

      const heldBefore = process.memoryUsage().heapUsed
      let most = heldBefore
      const began = performance.now()
      const cpuBefore = process.cpuUsage()
      const walked = await walkEverybody(session, load.vault, parts, () => {
        most = Math.max(most, process.memoryUsage().heapUsed)
      })
      const seconds = (performance.now() - began) / 1000
      const { user, system } = process.cpuUsage(cpuBefore)
      console.log(
        `${walked.people} people, ${walked.events} events in ${seconds.toFixed(1)} s: ` +
          `${Math.round(walked.people / seconds)} consents a second, ` +
          `${Math.round(walked.events / seconds)} events a second; ` +
          `${((user + system) / 1e6).toFixed(1)} s of processor here, ${Math.round(most / 2 ** 20)} MiB of heap at most`,
      )
      expect(walked).toMatchObject({ people: people + 5, differences: 0, named: [] })
      expect((most - heldBefore) / 2 ** 20).toBeLessThan(memoryMiB)

      await transact(load.db, (tx) =>
        tx.raw(
          `update consent_current set max_uses = 9 where (person_id, consent_id) =
          (select person_id, consent_id from consent_current order by consent_id offset ? limit 1)`,
          [Math.floor(people / 2)],
        ),
      )
      const again = await walkEverybody(session, load.vault, parts)
      expect(again.named).toMatchObject([
        { table: 'consent_current', because: 'max_uses is not what was written' },
      ])
    } finally {
      await close()
    }
  },
)

/** How many rows the steps of the statement give that finds the next people, in the middle of them. */
async function rowsOfNext(session: Session, limit: number): Promise<number> {
  const asked: [text: string, values: readonly unknown[]][] = []
  const listening: Session = {
    rows: (text, values = []) => {
      asked.push([text, values])
      return Promise.resolve([])
    },
  }
  await knownPeople(listening, '80000000-0000-0000-0000-000000000000', limit)
  const [next] = asked
  if (next === undefined) throw new Error('nothing was asked')
  type Explained = { readonly 'QUERY PLAN': readonly { readonly Plan: Step }[] }
  const rows = await session.rows<Explained>(`explain (analyze, format json) ${next[0]}`, next[1])
  return rows.flatMap((row) => row['QUERY PLAN']).reduce((sum, { Plan }) => sum + rowsOf(Plan), 0)
}

type Step = {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly Plans?: readonly Step[]
}

function rowsOf(step: Step): number {
  const own = step['Actual Rows'] * step['Actual Loops']
  return (step.Plans ?? []).reduce((sum, part) => sum + rowsOf(part), own)
}
