import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import type { CountedDatabase } from '../../support/counted.ts'
import { countedDatabase } from '../../support/counted.ts'
import { newPerson } from '../../support/person.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// However long a life, a page of it costs the same: what it is in statements, as PostgreSQL counts them, and in time.

const each = 250

let database: CountedDatabase
let stage: Stage
let browser: Browser

beforeAll(async () => {
  database = await countedDatabase()
  stage = await startStage(undefined, database)
  const shared = await shareAsNewcomer(stage)
  browser = shared.browser
  const permit = await decide(stage, await holderToken(stage, 'decide'), evaluation(shared.sub))
  const decisionId = uuidOf(String(permit.context['decision_id']))
  await stage.db.raw(
    `insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id', gen_random_uuid(), 'status', 'recorded',
       'evaluated_at', d.evaluated_at - n * interval '1 hour', 'last_at', d.last_at - n * interval '1 hour'))).*
     from decision d, generate_series(1, ?) n where d.decision_id = ?`,
    [each, decisionId],
  )
  await stage.db.raw(
    `insert into disclosure (disclosure_id, decision_id, person_id, person_seq, status, occurred_at, recorded_at, categories_actual,
       delivery, late, in_flight, anomaly, report_sha256)
     select gen_random_uuid(), decision_id, person_id, 1, 'recorded', evaluated_at, evaluated_at, permitted, 'pull', false, false, false,
       sha256('') from decision where status = 'recorded'`,
  )
  await stage.db.raw(
    `insert into activity (activity_id, person_id, kind, result, request_id, at)
     select gen_random_uuid(), person_id, 'access.signed-in', 'done', '-', evaluated_at - interval '1 minute' from decision
     where status = 'recorded'`,
  )
  for (const port of stage.ports) await browser.get('/activite', { port })
}, 180_000)
afterAll(() => stage.stop())

test.each([
  // Session, epoch, lines, what is unusual before them, disputes, what both bodies reported, who received what, who else may (her answers,
  // and what the law counts), and since when there is an access.
  ['/activite', 11],
  ['/activite?quoi=connexions', 4],
  // What her lines are about, too.
  ['/activite?quoi=envois&renseignement=cat_revenu-net', 9],
  ['/activite?mots=revenu', 8],
])('%s costs %i statements, with five hundred lines', async (path, expected) => {
  await database.statements()
  const page = await browser.get(path)
  expect(page.status).toBe(200)
  expect(await database.statements()).toBe(expected)
})

test('a page of a long life is small, and quick', async () => {
  const newcomer = await newPerson(stage)
  const [times, ofNewcomer]: [number[], number[]] = [[], []]
  for (let n = 0; n < 40; n++) {
    const path = n % 2 === 0 ? '/activite?quoi=envois' : '/activite?renseignement=cat_revenu-net'
    const began = performance.now()
    const page = await browser.get(path)
    times.push(performance.now() - began)
    const beganAgain = performance.now()
    await newcomer.browser.get(path)
    ofNewcomer.push(performance.now() - beganAgain)
    expect(page.body.match(/<li class="(?:sent|allowed|consent)">/g)).toHaveLength(60)
    expect(Buffer.byteLength(page.body)).toBeLessThan(60_000)
  }
  console.log(middle(times), middle(ofNewcomer))
  // Both in turns, on a machine that does other things meanwhile.
  expect(middle(times)).toBeLessThan(6 * middle(ofNewcomer))
})

function middle(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
