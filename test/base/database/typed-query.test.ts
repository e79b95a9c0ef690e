import { expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'

// The compiler is the test: each line below that compiles fails it.
function misspelt(db: Database): unknown[] {
  return [
    // @ts-expect-error no such table
    db('acounts'),
    // @ts-expect-error no such column, in a condition
    db('accounts').where({ personID: 'x' }),
    // @ts-expect-error nor in a comparison
    db('accounts').where('erasedAt', '<', new Date()),
    // @ts-expect-error nor among several values
    db('accounts').whereIn('person', ['x']),
    // @ts-expect-error nor among those that are read
    db('openAccounts').select('personId', 'closedAt'),
    // @ts-expect-error nor in an order
    db('accounts').orderBy('opened'),
    // @ts-expect-error nor in a change
    db('accounts').update({ sessionEpochs: 1 }),
    // @ts-expect-error nor in a new row
    db('persons').insert({ personId: 'x', createdAt: new Date(), state: 'active' }),
    // @ts-expect-error a new row has all that the table asks for
    db('persons').insert({ personId: 'x' }),
    // @ts-expect-error a value is of its column's kind
    db('accounts').update({ sessionEpoch: 'one' }),
    // @ts-expect-error nor in what comes back
    db('accounts').delete().returning('person_id'),
  ]
}

test('a misspelt column does not compile', () => {
  expect(misspelt).toBeInstanceOf(Function)
})
