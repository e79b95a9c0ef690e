import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { canonical, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import { commitmentTo } from '../../../src/ledger/chain/event.ts'
import type { Content } from '../../../src/ledger/chain/vault.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

// Whoever owns the database and the keys can seal what they like. The chain still tells, up to its head.

let stage: Stage
let personId: string

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  personId = await stage.newPerson()
  await stage.write(personId, 5)
})

test('the same content sealed again is the same event', async () => {
  await reseal(3, ({ text }) => text)

  expect(await verdict()).toEqual({ holds: true, count: 5 })
})

test('changed content under the old commitment is found at its event', async () => {
  const { commitment } = await row(3)
  await reseal(3, ({ text }) => text.replace('person', 'broker'))
  await stage.tamper(
    'update ledger_event set commitment = :commitment where person_id = :personId and person_seq = 3',
    {
      personId,
      commitment,
    },
  )

  expect(await verdict()).toEqual({
    holds: false,
    personSeq: 3,
    because: 'its commitment is to something else',
  })
})

test('changed content with a new commitment is found at the next event', async () => {
  await reseal(3, ({ text }) => text.replace('person', 'broker'))

  expect(await verdict()).toEqual({
    holds: false,
    personSeq: 4,
    because: 'its content has another prev_commitment',
  })
})

test('changed content of the last event is found by the head', async () => {
  await reseal(5, ({ text }) => text.replace('person', 'broker'))

  expect(await verdict()).toEqual({
    holds: false,
    personSeq: 5,
    because: 'the head has another commitment',
  })
})

test.each(['v', 'kind', 'event_id', 'person_seq', 'prev_commitment', 'recorded_at'])(
  'content with another %s is found at its event',
  async (name) => {
    await reseal(3, ({ text }) =>
      canonical({ ...(JSON.parse(text) as Record<string, JsonValue>), [name]: 'other' }),
    )

    expect(await verdict()).toEqual({
      holds: false,
      personSeq: 3,
      because: `its content has another ${name}`,
    })
  },
)

test.each(['{', '[]', '""', 'null', '{"v":1} ', ' '])('%j is refused as content', async (text) => {
  await reseal(3, () => text)

  expect(await verdict()).toEqual({
    holds: false,
    personSeq: 3,
    because: 'its content is not canonical',
  })
})

// The limit of what a chain alone can say: receipts and proofs, which hold the head, say the rest.
test('a chain cut together with its head is not noticed by the chain alone', async () => {
  await stage.tamper('delete from ledger_event where person_id = :personId and person_seq = 5', {
    personId,
  })
  const { commitment, recordedAt } = await row(4)
  await stage
    .db('personHead')
    .where({ personId })
    .update({ nextSeq: 5, headCommitment: commitment, updatedAt: recordedAt })

  expect(await verdict()).toEqual({ holds: true, count: 4 })
})

function verdict() {
  return verifyTimeline(stage.db, stage.vault, personId)
}

async function row(personSeq: number) {
  return stage.db('ledgerEvent').where({ personId, personSeq }).first()
}

async function reseal(personSeq: number, change: (content: Content) => string): Promise<void> {
  const { vault, db } = stage
  const event = await row(personSeq)
  const owner = { personId, year: event.dekYear }
  const key = await vault.unwrap(owner, await db('dek').where(owner).first())
  const content = vault.open(key, event.body, event)
  const text = change(content)
  await stage.tamper(
    `update ledger_event set body = :body, commitment = :commitment where person_id = :personId and person_seq = :personSeq`,
    {
      personId,
      personSeq,
      body: vault.seal(key, { salt: content.salt, text }, event),
      commitment: commitmentTo(content.salt, text),
    },
  )
}
