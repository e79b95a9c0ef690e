import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { counts } from '../../support/moving-stage.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import type { Asked, Shared, Stage } from '../../support/sharing.ts'
import { ask, press, shareAsNewcomer, startStage, stop } from '../../support/sharing.ts'
import { askAll, decideAll, sendAll } from '../../support/together.ts'

// At most 500 sharings of a person that are not over.

const most = 500
const recorded = ['consentRecord', 'consentCurrent', 'ledgerEvent', 'receipt']

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

/** Gives a person so many sharings more like hers, each with another body: rows alone, without what made them. */
async function crowd({ consentId }: Shared, count: number): Promise<void> {
  await transact(stage.db, async (tx) => {
    await tx.raw("set local session_replication_role = 'replica'")
    await tx.raw(
      `create temporary table copies on commit drop as
       select gen_random_uuid() as consent_id, gen_random_uuid() as arrangement_id, gen_random_uuid() as presentation_id,
         100000 + n as recipient from generate_series(1, ?::integer) n`,
      [count],
    )
    for (const table of ['consent_record', 'consent_current'])
      await tx.raw(
        `insert into ${table} select (jsonb_populate_record(c, to_jsonb(i))).*
         from ${table} c, copies i where c.consent_id = ?`,
        [uuidOf(consentId)],
      )
  })
}

async function expectRoom(asked: Asked, isRoom: boolean): Promise<void> {
  const before = await counts(stage, recorded)
  const page = await press(asked, 'autorisation')
  expect(page.status).toBe(isRoom ? 200 : 409)
  if (isRoom) return
  // The page again, with what is in the way, and the question in it.
  expect(page.body).toContain('C’est le plus qu’une personne peut avoir. Rien n’a été autorisé.')
  expect(page.body).toContain('/autorisation')
  expect(await counts(stage, recorded)).toEqual(before)
}

test('the 501st consent is refused, and the same page can be answered after a stop', async () => {
  const shared = await shareAsNewcomer(stage)
  const { browser } = shared
  await crowd(shared, most)
  await stop(browser, shared.consentId)
  const asked = await ask(stage, browser)
  await expectRoom(asked, false)
  await stage.db('consentCurrent').where({ recipient: 100_001 }).update({ state: 'revoked' })
  await expectRoom(asked, true)
})

test('an expired consent no longer counts, even if its end is not written yet', async () => {
  const shared = await shareAsNewcomer(stage)
  await crowd(shared, most)
  await stop(shared.browser, shared.consentId)
  const asked = await ask(stage, shared.browser)
  await expectRoom(asked, false)
  const over = stage.db('consentCurrent').where({ recipient: 100_001 })
  await over.update({ validUntil: new Date(Date.now() - 1) })
  await expectRoom(asked, true)
})

test('a consent that replaces another does not count twice', async () => {
  const shared = await shareAsNewcomer(stage, { optional_datatypes: undefined })
  await crowd(shared, most - 1)
  await expectRoom(await ask(stage, shared.browser), true)
})

test('several consents at once are recorded only if there is place for all', async () => {
  const shared = await shareAsNewcomer(stage)
  const { browser } = shared
  await crowd(shared, most - 1)
  await stop(browser, shared.consentId)
  const check = await decideAll(await askAll(stage, browser), ['autorisation', 'autorisation'])
  const before = await counts(stage, recorded)
  const refused = await sendAll(browser, check)
  expect(refused.status).toBe(409)
  expect(refused.body).toContain('C’est le plus qu’une personne peut avoir. Rien n’a été autorisé.')
  expect(await counts(stage, recorded)).toEqual(before)
  await stage.db('consentCurrent').where({ recipient: 100_001 }).update({ state: 'revoked' })
  expect((await sendAll(browser, refused)).body).toContain('2 réponses sont enregistrées')
})
