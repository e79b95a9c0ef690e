import { expect, expectTypeOf, test } from 'vitest'
import { tables } from '../../../src/base/database/catalog.ts'
import { plainTable } from '../../../src/base/database/plain-table.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { RowOf } from '../../../src/base/sealing/sealed-table.ts'
import {
  columnTypes,
  sameReason,
  sealedTable,
  sealedUnitTable,
} from '../../../src/base/sealing/sealed-table.ts'
import { seededBytes } from '../../support/property.ts'
import { declaredTables, sealedTables } from '../../../src/house/sealed-tables.ts'

// What the compiler refuses is said where it does: a line that would compile makes the check of types red.

const seals = makeRowSeals([seededBytes('seal')])
const kept = {
  whose: 'nobody',
  kept: 'ever',
  change: { noFact: 'x' },
  why: { fr: 'x', en: 'x' },
} as const
const ofStops = {
  ...kept,
  columns: { technical: 'org_id stopped_at no_matches lifted_at lifted_by seal' },
} as const
const ofAuthorizations = {
  ...kept,
  columns: { technical: 'session_uid client_id content seal' },
} as const
const stops = sealedTable('matching_stop', {
  seal: ['stop', 1],
  covers: ['org_id', 'stopped_at', 'no_matches'],
  unsealed: sameReason(['lifted_at', 'lifted_by'], 'for this test'),
  inventory: ofStops,
})
const row = { orgId: 'a', stoppedAt: new Date(0), noMatches: 3 }

function misspelt() {
  return sealedTable('matching_stop', {
    seal: ['stop', 1],
    // @ts-expect-error: no column of this table
    covers: ['org_id', 'stoped_at', 'stopped_at', 'no_matches', 'lifted_at', 'lifted_by'],
    inventory: ofStops,
  })
}

test('a column of which nothing is said does not compile', () => {
  // @ts-expect-error: « lifted_by is not sealed »
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches', 'lifted_at'],
    inventory: ofStops,
  })
  // @ts-expect-error: the same where another one is left out
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches'],
    unsealed: { lifted_at: 'for this test' },
    inventory: ofStops,
  })
  // @ts-expect-error: the same of a table whose rows units read
  sealedUnitTable('oidc_session_authorizations', {
    seal: ['authorization', 1],
    covers: ['session_uid', 'client_id'],
    inventory: ofAuthorizations,
  })
  expect(stops.covers).toHaveLength(3)
})

test('a misspelt column compiles neither among those that are covered nor among those that are left out', () => {
  expect(misspelt).toThrow('matching_stop has no column stoped_at')
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches', 'lifted_at', 'lifted_by'],
    // @ts-expect-error: no column of this table
    unsealed: { lifted_on: 'for this test' },
    inventory: ofStops,
  })
  const whole = { seal: ['stop', 1], covers: ['org_id'], inventory: ofStops } as const
  // @ts-expect-error: no table
  expect(() => sealedTable('matching_stops', whole)).toThrow()
})

test('a column of which the inventory says nothing does not compile', () => {
  const { columns: _all, ...stop } = ofStops
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches', 'lifted_at', 'lifted_by'],
    // @ts-expect-error: « nothing is said of lifted_by »
    inventory: { ...stop, columns: { technical: 'org_id stopped_at no_matches lifted_at seal' } },
  })
  // @ts-expect-error: the same of a table without a seal
  plainTable('erasure_mark', { ...kept, columns: { technical: 'one' } })
  const columns = { technical: 'one reached rewritten_at' } as const
  expect(plainTable('erasure_mark', { ...kept, columns }).inventory.columns).toBe(columns)
})

test('a row that lacks a covered column, or has another type there, is not sealed', () => {
  const { noMatches: _none, ...less } = row
  const refused = [
    // @ts-expect-error: noMatches is not there
    () => seals.seal(stops, less),
    // @ts-expect-error: a text is no number
    () => seals.seal(stops, { ...row, noMatches: '3' }),
    // @ts-expect-error: a stop has an instant
    () => seals.seal(stops, { ...row, stoppedAt: null }),
    // @ts-expect-error: nor is it looked at
    () => seals.holds(stops, less, null),
  ]
  expect(refused).toHaveLength(4)
  const seal = seals.seal(stops, row)
  // A view may give null for any column.
  expect(seals.holds(stops, { ...row, noMatches: null }, seal)).toBe(false)
  expect(seals.holds(stops, row, seal)).toBe(true)
})

test('the type of a row has what the room knows more, and the names that it has', () => {
  const named = sealedUnitTable('oidc_session_authorizations', {
    seal: ['authorization', 1],
    covers: ['session_uid', 'client_id', 'content'],
    types: columnTypes<{ readonly content: { readonly grants: number } }>(),
    called: { session_uid: 'uid' },
    inventory: ofAuthorizations,
  })
  expectTypeOf<RowOf<typeof named>>().toEqualTypeOf<{
    readonly uid: string
    readonly client_id: string
    readonly content: { readonly grants: number }
  }>()
  expect(named.fields.map(([name]) => name)).toEqual(['uid', 'client_id', 'content'])
})

test('each table is declared by one room', () => {
  const declared = declaredTables.map(({ table }) => table)
  expect(declared.toSorted()).toEqual(Object.keys(tables).toSorted())
})

test('each table that has a seal is declared with it', () => {
  const bear = Object.entries(tables)
    .filter(([, columns]) => 'seal' in columns)
    .map(([name]) => name)
  // The register's seals are of digests of its versions (src/registry/changes/seal.ts).
  const declared = [...sealedTables.map(({ table }) => table), 'register_seal', 'register_state']
  expect(declared.toSorted()).toEqual(bear.toSorted())
})

test('a row of another table under the same columns has another seal', () => {
  const tags = sealedTables.map(({ tag }) => tag)
  expect(new Set(tags).size).toBe(tags.length)
})
