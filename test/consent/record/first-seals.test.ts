import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealUnsealed } from '../../../src/consent/record/index.ts'
import { partsNow } from '../../../src/house/folds.ts'
import type { Deciding } from '../../support/deciding.ts'
import { startDeciding } from '../../support/deciding.ts'
import { differencesOf } from '../../support/fold.ts'
import { lawful, newKnown } from '../../support/law.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, portOf, stopAt, uuidOf } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { evaluation } from '../../support/sharing.ts'

// Rows of a database from before there were seals: numbers were counted by moves alone, and nothing was sealed.

let deciding: Deciding
let stage: Stage
let load: Load

beforeAll(async () => {
  deciding = await startDeciding()
  ;({ stage, load } = deciding)
}, 180_000)

afterAll(() => deciding.close())

function ask({ sub }: Sharer) {
  return deciding.ask(evaluation(sub))
}

async function withoutSeals({ personId }: Pick<Sharer, 'personId'>): Promise<void> {
  await load.db('consentCurrent').where({ personId }).update({ seal: null, stateSeq: 1 })
  await load
    .db('personHead')
    .where({ personId })
    .update({ seal: null, live: Buffer.alloc(0) })
}

function rowOf({ consentId }: Sharer) {
  return { consentId: uuidOf(consentId) }
}

// One chain a statement, one statement a run: each goes on where the one before stopped.
const few = { lookedAtOnce: 1, batches: 1 }

async function sealAll(): Promise<number> {
  let all = 0
  for (let from: string | undefined, n = 0; n < mostRuns; n++) {
    const sealing = { ...load, parts: await partsNow(load) }
    const { found, next } = await sealUnsealed(load.db, sealing, from, few)
    all += found
    if (next === undefined) return all
    from = next
  }
  throw new Error('a walk without end')
}
const mostRuns = 1000

test('rows without seals permit nothing until they are sealed as the events tell', async () => {
  const sharer = await newSharer(load)
  expect(await ask(sharer)).toEqual([true, 'CONSENT_ACTIVE'])
  await withoutSeals(sharer)
  expect(await ask(sharer)).toEqual([false, 'RECORD_UNTRUSTED'])
  expect(await sealAll()).toBe(1)
  expect(await ask(sharer)).toEqual([true, 'CONSENT_ACTIVE'])
  expect(await differencesOf(load, sharer.personId)).toEqual([])
  expect(await sealAll()).toBe(0)
})

test('a row that differs from the events is not sealed, and the other rows of its person are', async () => {
  const [stopped, widened] = [await newSharer(load), await newSharer(load)]
  await stopAt(stopped, stopped.consentId, portOf(stage, 0))
  for (const sharer of [stopped, widened]) await withoutSeals(sharer)
  await load.db('consentCurrent').where(rowOf(stopped)).update({ state: 'active' })
  await load.db('consentCurrent').where(rowOf(widened)).update({ frequencyCount: 1000 })
  expect(await sealAll()).toBe(2)
  expect(await ask(stopped)).toEqual([false, 'RECORD_UNTRUSTED'])
  expect(await ask(widened)).toEqual([false, 'RECORD_UNTRUSTED'])
  await load.db('consentCurrent').where(rowOf(stopped)).update({ state: 'revoked' })
  await load.db('personHead').where({ personId: stopped.personId }).update({ seal: null })
  expect(await sealAll()).toBe(1)
  expect(await ask(stopped)).toEqual([false, 'CONSENT_REVOKED'])
})

test('a row of which no event tells is not sealed, and a person without a sharing is', async () => {
  const [sharer, known] = [await newSharer(load), await newKnown(stage)]
  expect(await deciding.ask(lawful(known.sub))).toEqual([true, 'LAW_AGREEMENT'])
  for (const one of [sharer, known]) await withoutSeals(one)
  const strange = await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    const { rows } = await tx.raw<{ rows: { consentId: string }[] }>(
      `insert into consent_current select (jsonb_populate_record(c,
         jsonb_build_object('consent_id', gen_random_uuid(), 'state', 'revoked'))).* from consent_current c where person_id = ?
       returning consent_id`,
      [sharer.personId],
    )
    return rows
  })
  expect(await sealAll()).toBe(2)
  expect(await ask(sharer)).toEqual([true, 'CONSENT_ACTIVE'])
  expect(await load.db('consentCurrent').where({ ...strange[0] })).toMatchObject([{ seal: null }])
  expect(await differencesOf(load, known.personId)).toEqual([])
  await load
    .db('consentCurrent')
    .where({ ...strange[0] })
    .delete()
})

test('a person for whom it fails holds up no other, and a chain that was cut is not sealed', async () => {
  const sharer = await newSharer(load)
  const { personId } = sharer
  await withoutSeals(sharer)
  await load.db.raw(
    `alter table person_head add constraint fails check (person_id <> '${personId}' or seal is null) not valid`,
  )
  expect(await sealAll()).toBe(1)
  await load.db.raw('alter table person_head drop constraint fails')
  await load.db('personHead').where({ personId }).update({ nextSeq: 2 })
  expect(await sealAll()).toBe(1)
  expect(await load.db('personHead').where({ personId }).first()).toMatchObject({ seal: null })
})
