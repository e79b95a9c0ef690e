import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

// Whoever owns the database, but not the keys, changes one thing in a chain of five events (I27).

const length = 5

let stage: Stage
let personId: string
let otherId: string

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

type Tampering = readonly [what: string, statement: string, personSeq: number, because: string]

const third = 'where person_id = :personId and person_seq = 3'
const hers = 'where person_id = :personId'
const lastBit = (column: string) =>
  `${column} = set_bit(${column}, 8 * octet_length(${column}) - 1, 1 - get_bit(${column}, 8 * octet_length(${column}) - 1))`

const columns: readonly Tampering[] = [
  [
    'ledger_event.person_id',
    `update ledger_event set person_id = :otherId, person_seq = 9 ${third}`,
    3,
    'it is missing',
  ],
  [
    'ledger_event.event_id',
    `update ledger_event set event_id = gen_random_uuid() ${third}`,
    3,
    'it does not open',
  ],
  [
    'ledger_event.recorded_at',
    `update ledger_event set recorded_at = recorded_at + interval '1 millisecond', visible_from = visible_from + interval '1 millisecond' ${third}`,
    3,
    'its content has another recorded_at',
  ],
  [
    'ledger_event.recorded_at, back',
    `update ledger_event set recorded_at = recorded_at - interval '1 hour', visible_from = visible_from - interval '1 hour' ${third}`,
    3,
    'its time goes back',
  ],
  [
    'ledger_event.visible_from',
    `alter table ledger_event drop constraint ledger_event_delay;
    update ledger_event set visible_from = visible_from + interval '1 year' ${third}`,
    3,
    'its view is delayed',
  ],
  [
    'ledger_event.person_seq',
    `update ledger_event set person_seq = 9 ${third}`,
    3,
    'it is missing',
  ],
  [
    'ledger_event.dek_year',
    `update ledger_event set dek_year = dek_year - 1 ${third}`,
    3,
    'its key is of another year',
  ],
  [
    'ledger_event.kind',
    `update ledger_event set kind = 'consent.granted' ${third}`,
    3,
    'its content has another kind',
  ],
  [
    'ledger_event.commitment',
    `update ledger_event set ${lastBit('commitment')} ${third}`,
    3,
    'its commitment is to something else',
  ],
  [
    'ledger_event.body',
    `update ledger_event set ${lastBit('body')} ${third}`,
    3,
    'it does not open',
  ],
  [
    'person_head.person_id',
    `update person_head set person_id = gen_random_uuid() ${hers}`,
    1,
    'the head does not know it',
  ],
  [
    'person_head.updated_at',
    `update person_head set updated_at = updated_at - interval '1 millisecond' ${hers}`,
    5,
    'the head has another time',
  ],
  ['person_head.next_seq', `update person_head set next_seq = 7 ${hers}`, 6, 'it is missing'],
  [
    'person_head.next_seq, back',
    `update person_head set next_seq = 5 ${hers}`,
    5,
    'the head does not know it',
  ],
  [
    'person_head.head_commitment',
    `update person_head set ${lastBit('head_commitment')} ${hers}`,
    5,
    'the head has another commitment',
  ],
  ['dek.person_id', `update dek set person_id = gen_random_uuid() ${hers}`, 1, 'it does not open'],
  ['dek.year', `update dek set year = year - 1 ${hers}`, 1, 'it does not open'],
  ['dek.wrapped_key', `update dek set ${lastBit('wrapped_key')} ${hers}`, 1, 'it does not open'],
  ['dek.kek_id', `update dek set ${lastBit('kek_id')} ${hers}`, 1, 'it does not open'],
  [
    'dek.destroy_event_id',
    `update dek set wrapped_key = null, destroyed_at = now(), destroy_event_id = gen_random_uuid() ${hers}`,
    1,
    'it is erased, and no event says so',
  ],
]

// Neither is a statement about the person. In which log an event stands, its proof of inclusion says.
const saysNothing = [
  'ledger_event.shard',
  'person_head.shard',
  'person_head.delayed',
  'person_head.known',
  // What lives by the chain, and its seal: decisions look at them, and the fold of the events.
  'person_head.live',
  'person_head.seal',
  'dek.created_at',
  'dek.destroyed_at',
]

const renumber = `update ledger_event set person_seq = person_seq - 1 ${hers} and person_seq > 3`
const swap = `update ledger_event set person_seq = case person_seq when 2 then 103 else 102 end ${hers} and person_seq in (2, 3);
  update ledger_event set person_seq = person_seq - 100 ${hers} and person_seq > 100`
const copy = (
  from: string,
) => `insert into ledger_event select :personId, event_id, recorded_at, visible_from, 6, shard, dek_year,
  kind, commitment, body from ledger_event where person_id = ${from} and person_seq = 5`
const moveHead = `update person_head set next_seq = 7, head_commitment =
  (select commitment from ledger_event ${hers} and person_seq = 6) ${hers}`

const rows: readonly Tampering[] = [
  ['the first row goes', `delete from ledger_event ${hers} and person_seq = 1`, 1, 'it is missing'],
  ['a row in the middle goes', `delete from ledger_event ${third}`, 3, 'it is missing'],
  ['the tail goes', `delete from ledger_event ${hers} and person_seq >= 4`, 4, 'it is missing'],
  ['all rows go', `delete from ledger_event ${hers}`, 1, 'it is missing'],
  ['the head goes', `delete from person_head ${hers}`, 1, 'the head does not know it'],
  ['the key goes', `delete from dek ${hers}`, 1, 'it does not open'],
  ['two rows change places', swap, 2, 'it does not open'],
  [
    'two contents change places',
    `update ledger_event e set body = (select body from ledger_event o where o.person_id = :personId
    and o.person_seq = 5 - e.person_seq), commitment = (select commitment from ledger_event o where o.person_id = :personId
    and o.person_seq = 5 - e.person_seq) ${hers} and person_seq in (2, 3)`,
    2,
    'it does not open',
  ],
  [
    'a row goes and the rest closes up',
    `delete from ledger_event ${third}; ${renumber}`,
    3,
    'it does not open',
  ],
  [
    'a row goes, the rest closes up and the head too',
    `delete from ledger_event ${third}; ${renumber};
    update person_head set next_seq = 5 ${hers}`,
    3,
    'it does not open',
  ],
  ['a copied row is put behind', copy(':personId'), 6, 'it does not open'],
  [
    'a copied row is put behind, and the head',
    `${copy(':personId')}; ${moveHead}`,
    6,
    'it does not open',
  ],
  [
    'another person’s row is put behind, and the head',
    `${copy(':otherId')}; ${moveHead}`,
    6,
    'it does not open',
  ],
  [
    'all becomes another person’s',
    `delete from ledger_event ${hers};
    insert into ledger_event select :personId, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body
    from ledger_event where person_id = :otherId;
    update person_head set head_commitment = (select commitment from ledger_event ${hers} and person_seq = 5) ${hers}`,
    1,
    'it does not open',
  ],
]

test.each([...columns, ...rows])('%s', async (_what, statement, personSeq, because) => {
  const { db, vault } = stage
  personId = await stage.newPerson()
  otherId = await stage.newPerson()
  await stage.write(personId, length)
  await stage.write(otherId, length)
  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: true, count: length })

  for (const part of statement.split(';')) await stage.tamper(part, { personId, otherId })

  expect(await verifyTimeline(db, vault, personId)).toEqual({ holds: false, personSeq, because })
})

test('the table of changes covers every column', async () => {
  const { rows } = await stage.db.raw(`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_name in ('ledger_event', 'person_head', 'dek')`)
  const tried = columns.map(([what]) => what.split(',')[0])

  expect(new Set(rows.map((row: { name: string }) => row.name))).toEqual(
    new Set([...tried, ...saysNothing]),
  )
})

test('if all rows are deleted, a person who kept her head notices it', async () => {
  const { db, vault } = stage
  personId = await stage.newPerson()
  await stage.write(personId, 1)

  await stage.tamper('truncate ledger_event')

  expect(await verifyTimeline(db, vault, personId)).toEqual({
    holds: false,
    personSeq: 1,
    because: 'it is missing',
  })
})
