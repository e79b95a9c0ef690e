import { randomBytes, randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { lockAccount, openAccount, tellOpened } from '../../../src/people/accounts/index.ts'
import { drawCardNumber } from '../../../src/signin/factors/card-number.ts'
import type { DrawnCard } from '../../../src/signin/factors/index.ts'
import {
  cardOf,
  endCard,
  keepCard,
  loseCard,
  readCardCode,
  readCardNumber,
  takeCard,
  unusedCardCodes,
} from '../../../src/signin/factors/index.ts'
import { cardMakers, cardsUnder } from '../../support/cards.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { differencesOf } from '../../support/fold.ts'
import { housePatience } from '../../support/patience.ts'
import { seeded } from '../../support/property.ts'
import { counted } from '../../support/tries.ts'

const keys = { data: [randomBytes(32)], seal: [randomBytes(32)] }
const vault = makeVault(keys, signalMapping)
const { seals } = vault
const proofs = cardsUnder(keys.data)
const origin = { requestId: 'test', network: undefined }
const refused = { code: 'card.refused', status: 400 }
const herself = { type: 'person' } as const

let database: FreshDatabase
let db: Database
let other: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  other = openDatabase(database.url, housePatience)
})
afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()])
  await database.drop()
})

type Kept = DrawnCard & { readonly cardId: string; readonly personId: string }

async function give(personId: string, drawn = proofs.draw()): Promise<Kept> {
  const cardId = await transact(db, async (tx) => {
    await lockAccount(tx, personId)
    return keepCard(tx, vault, { personId, kept: drawn.kept, by: cardMakers() })
  })
  return { ...drawn, cardId, personId }
}

function newPerson(): Promise<string> {
  return transact(db, async (tx) => {
    const personId = await openAccount(tx, seals, { language: 'fr', origin, now: new Date() })
    await tellOpened(tx, { vault, personId, principalOf: () => 'iss_sub:a' }, [])
    return personId
  })
}

async function personWithCard(): Promise<Kept> {
  return give(await newPerson())
}

/** Takes a card as a process does. @returns whose it is */
async function take(number: string, code: string, on = db): Promise<string> {
  const given = { number: readCardNumber(number), code: readCardCode(code) }
  const typed = await proofs.prove(counted, given)
  const at = { db: on, seals, log: openLog('silent'), origin, now: new Date() }
  return (await transact(on, (tx) => takeCard(counted, tx, typed, at))).personId
}

const first = ({ codes: [code = ''] }: DrawnCard) => code

describe('a number', () => {
  test('of a card is read with spaces, dashes and full-width digits', () => {
    const number = drawCardNumber()
    const groups = number.match(/.{1,4}/g) ?? []
    const wide = number.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    for (const typed of [groups.join(' '), ` ${groups.join('-')} `, groups.join('\u00a0–'), wide])
      expect(readCardNumber(typed)).toBe(number)
  })

  test('with one wrong digit, or with two neighbours exchanged, is none', () => {
    const at = fc.record({ place: fc.nat(13), add: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(at, ({ place, add }) => {
        const digits = drawCardNumber().split('')
        const wrong = digits.with(place, String((Number(digits[place]) + add) % 10))
        expect(() => readCardNumber(wrong.join(''))).toThrow('card.number-typed')
        const [one = '', next = one] = digits.slice(Math.min(place, 12))
        if (one === next) return
        const swapped = digits.toSpliced(Math.min(place, 12), 2, next, one)
        expect(() => readCardNumber(swapped.join(''))).toThrow('card.number-typed')
      }),
      seeded(),
    )
  })

  test.each(['', '1', '1234567890123', 'abcdefghijklmn', '00000000000000'])('%j is none', (text) =>
    expect(() => readCardNumber(text)).toThrow('card.number-typed'),
  )
})

test('a card opens its access once with each of twelve codes, spaces and dashes or not', async () => {
  const card = await personWithCard()
  expect(new Set(card.codes).size).toBe(12)
  for (const code of card.codes)
    expect(await take(card.number.replaceAll(' ', '-'), ` ${code.replace(' ', '-')}`)).toBe(
      card.personId,
    )
  expect(await unusedCardCodes(db, card.cardId)).toBe(0)
  await expect(take(card.number, first(card))).rejects.toMatchObject(refused)
  expect(await differencesOf({ db, vault }, card.personId)).toEqual([])
})

test('nothing but HMACs of a card is in the database', async () => {
  const { personId, number, codes } = await personWithCard()
  const [card] = await db('card').where({ personId })
  const kept = await db('cardCode').where({ personId })
  const text = JSON.stringify([card, kept]).replaceAll(number.slice(-4), '')
  for (const digits of [number, ...codes].map((one) => one.replaceAll(' ', '')))
    expect(text).not.toContain(digits)
  expect(kept).toHaveLength(12)
})

test('a wrong code, a code of another card, and a number that nobody has are refused alike', async () => {
  const [one, two] = [await personWithCard(), await personWithCard()]
  for (const [number, code] of [
    [one.number, '00000000'],
    [one.number, first(two)],
    [drawCardNumber(), first(one)],
  ] as const)
    await expect(take(number, code)).rejects.toMatchObject(refused)
  expect(await take(one.number, first(one))).toBe(one.personId)
})

test('of two processes at once one takes a code', async () => {
  const card = await personWithCard()
  for (const code of card.codes.slice(0, 6)) {
    const tries = await Promise.allSettled([
      take(card.number, code),
      take(card.number, code, other),
    ])
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  }
})

test('a card that is lost opens nothing, in whichever process, and says so until it ends', async () => {
  const card = await personWithCard()
  const by = [randomUUID()]
  const lose = () =>
    transact(other, async (tx) => {
      await lockAccount(tx, card.personId)
      return loseCard(tx, vault, card.personId, by, new Date())
    })
  expect(await lose()).toMatchObject({
    cardId: card.cardId,
    lastFour: card.number.slice(-5).replace(' ', ''),
  })
  expect(await lose()).toBeUndefined()
  await expect(take(card.number, first(card))).rejects.toMatchObject(refused)
  expect((await cardOf(db, seals, card.personId))?.waits?.by).toEqual(by)
})

test('of a loss and a use at once, either order leaves nothing open', async () => {
  for (let n = 0; n < 4; n++) {
    const card = await personWithCard()
    const lost = transact(other, async (tx) => {
      await lockAccount(tx, card.personId)
      await loseCard(tx, vault, card.personId, [], new Date())
    })
    await Promise.allSettled([take(card.number, first(card)), lost])
    await expect(take(card.number, card.codes[1] ?? '')).rejects.toMatchObject(refused)
  }
})

test('a new card ends the one before, and an ended one is told and opens nothing', async () => {
  const before = await personWithCard()
  const { personId } = before
  const card = await give(personId)
  await expect(take(before.number, first(before))).rejects.toMatchObject(refused)
  expect(await take(card.number, first(card))).toBe(personId)
  const ending = { personId, cardId: card.cardId, because: 'lost' } as const
  expect(await transact(db, (tx) => endCard(tx, vault, ending, herself))).toBe(true)
  expect(await transact(db, (tx) => endCard(tx, vault, ending, herself))).toBe(false)
  await expect(take(card.number, card.codes[1] ?? '')).rejects.toMatchObject(refused)
  const kinds: { kind: string }[] = await db('ledgerEvent')
    .select('kind')
    .where({ personId })
    .orderBy('personSeq')
  expect(kinds.map(({ kind }) => kind)).toEqual([
    'access.opened',
    'card.made',
    'card.ended',
    'card.made',
    'card.ended',
  ])
  expect(await differencesOf({ db, vault }, personId)).toEqual([])
})

test.each<[string, (card: Kept) => Promise<unknown>]>([
  [
    'that somebody gave to another access',
    async ({ cardId }) =>
      db('card')
        .where({ cardId })
        .update({ personId: await newPerson() }),
  ],
  ['that is in no list', ({ personId }) => db('waysIn').where({ personId }).delete()],
  [
    'that somebody revived',
    async ({ personId, cardId }) => {
      const ending = { personId, cardId, because: 'lost' } as const
      const codes = await db('cardCode').where({ cardId })
      await transact(db, (tx) => endCard(tx, vault, ending, herself))
      await db('card').where({ cardId }).update({ endedAt: null })
      await db('cardCode').insert(codes)
    },
  ],
  [
    'whose used code somebody freed',
    async (card) => {
      await take(card.number, first(card))
      await db('cardCode').where({ cardId: card.cardId }).update({ usedAt: null })
    },
  ],
])('a card opens nothing %s', async (_what, change) => {
  const card = await personWithCard()
  await change(card)
  await expect(take(card.number, first(card))).rejects.toMatchObject(refused)
})

test('a code that somebody moved to his card opens nothing beside either number', async () => {
  const [mine, hers] = [await personWithCard(), await personWithCard()]
  const { cardId, personId } = mine
  await db('cardCode').where({ cardId: hers.cardId }).update({ cardId, personId })
  for (const { number } of [mine, hers])
    await expect(take(number, first(hers))).rejects.toMatchObject(refused)
})
