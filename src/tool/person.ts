import type { Database } from '../base/database/database.ts'
import type { HandOverAsked } from '../api/me/index.ts'
import type { SettleAsked } from '../consent/record/index.ts'
import type { ErasureAsked, LegalHoldAsked } from '../consent/erasure/index.ts'
import { command, requiredText, text } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'
import { isDay } from './times.ts'

export const personErase = command('person erase REF', {
  says: `by an order, before its time: what would go of the person whom con_… or dec_… belongs to, up to
the end of a year that is over, and a code; with the code it goes. There is no way back.
The last line is the certificate for the person`,
  options: {
    through: requiredText('YEAR', 'up to the end of this year'),
    confirm: text('CODE', 'erases what was shown with this code; only with it, an order is said'),
    ...orderOptions,
  },
  asks({ REF: reference, through, confirm, ...words }) {
    if (!/^2\d{3}$/.test(through)) return undefined
    if (confirm === undefined && Object.keys(words).length > 0) return undefined
    return { reference, through: Number(through), confirm, words }
  },
  noted: {
    action: 'person-erase',
    object: ({ reference }) => reference,
    acts: ({ confirm }) => confirm !== undefined,
  },
  run: erase,
})

export const personFinish = command('person finish', {
  says: `writes the files of the database anew, in which bytes of deleted rows may lie, and certifies the
erasures that wait for it. Each table is locked while it is written: seconds, or minutes where it is large`,
  asks: () => ({}),
  noted: { action: 'erasure-finish' },
  run: finish,
})

export const personSettle = command('person settle REF', {
  says: `by the order of two signers: information about the person whom con_… or dec_… belongs to flows again, after
a check found that what is kept of her is not what her events tell. Her sharings are written as they tell;
while anything else of hers is otherwise, nothing is settled, and it is named`,
  options: orderOptions,
  asks: ({ REF: reference, ...words }) => ({ reference, words }),
  noted: { action: 'person-settle', object: ({ reference }) => reference },
  run: settle,
})

export const personExport = command('person export REF', {
  says: `by the order of two signers: everything that is held about the person whom con_… or dec_… belongs to, as she would
take it herself, for one who cannot sign in. She is told that it was made`,
  options: {
    into: text('FILE', 'where it is written; needless with --out'),
    ...orderOptions,
  },
  asks: ({ REF: reference, into, ...words }) =>
    into === undefined && words.out === undefined ? undefined : { reference, into, words },
  noted: { action: 'person-export', object: ({ reference }) => reference },
  run: exportHers,
})

export const personHold = command('person hold REF', {
  says: `a legal hold, by the order of two signers: what is kept of the person for its time is not erased before a day, a year
from now at most. She is told, and reads until when and why`,
  options: { until: requiredText('DAY', 'its last day in Québec'), ...orderOptions },
  asks: ({ REF: reference, until, ...words }) =>
    isDay(until) ? { reference, until, words } : undefined,
  noted: { action: 'person-hold', object: ({ reference }) => reference },
  run: hold,
})

export const personRelease = command('person release REF', {
  says: 'ends a legal hold now, by the order of two signers. She is told',
  options: orderOptions,
  asks: ({ REF: reference, ...words }) => ({ reference, until: undefined, words }),
  noted: { action: 'person-release', object: ({ reference }) => reference },
  run: hold,
})

export const commands = [
  personErase,
  personFinish,
  personSettle,
  personExport,
  personHold,
  personRelease,
]

async function settle(asked: SettleAsked, house: House): Promise<string[]> {
  const { settlePerson } = await import('../consent/record/index.ts')
  return house.withDatabase((db, now) =>
    settlePerson(db, asked, now, async () => {
      const { orderPartsOf } = await import('./order-parts.ts')
      const { foldParts } = await import('../house/folds.ts')
      const { uncheckedRegister } = await import('../registry/index.ts')
      const parts = foldParts(await uncheckedRegister(db))
      return { ...(await orderPartsOf(house, db)), parts }
    }),
  )
}

async function exportHers(asked: HandOverAsked, house: House): Promise<string[]> {
  const { handOver } = await import('../api/me/index.ts')
  return house.withDatabase(async (db, now) => {
    const { exportPartsOf } = await import('./export-parts.ts')
    return handOver(db, asked, now, () => exportPartsOf(house, db))
  })
}

async function hold(asked: LegalHoldAsked, house: House): Promise<string[]> {
  const { holdByOrder } = await import('../consent/erasure/index.ts')
  return house.withDatabase((db, now) =>
    holdByOrder(db, asked, now, async () => {
      const { orderPartsOf } = await import('./order-parts.ts')
      return orderPartsOf(house, db)
    }),
  )
}

async function erase(asked: ErasureAsked, house: House): Promise<string[]> {
  const { eraseByOrder } = await import('../consent/erasure/index.ts')
  return house.withDatabase((db, now) =>
    eraseByOrder(db, asked, now, () => house.withDatabaseUrl((url) => partsOf(house, db, url))),
  )
}

async function finish(_asked: object, house: House): Promise<string[]> {
  const { finishByOrder } = await import('../consent/erasure/index.ts')
  return house.withDatabase((db) =>
    finishByOrder(db, () => house.withDatabaseUrl((url) => partsOf(house, db, url))),
  )
}

async function partsOf(house: House, db: Database, databaseUrl: string) {
  const { orderPartsOf } = await import('./order-parts.ts')
  return { ...(await orderPartsOf(house, db)), databaseUrl, triesAgain: 'accord person finish' }
}
