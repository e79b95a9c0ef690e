import { expect, expectTypeOf, test } from 'vitest'
import { tables } from '../../../src/base/database/catalog.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { RowOf } from '../../../src/base/sealing/sealed-table.ts'
import {
  columnTypes,
  sameReason,
  sealedTable,
  sealedUnitTable,
} from '../../../src/base/sealing/sealed-table.ts'
import { seededBytes } from '../../support/property.ts'
import { sealedTableValues } from '../../support/sealed-values.ts'

// What the compiler refuses is said where it does: a line that would compile makes the check of types red.

const seals = makeRowSeals([seededBytes('seal')])
const stops = sealedTable('matching_stop', {
  seal: ['stop', 1],
  covers: ['org_id', 'stopped_at', 'no_matches'],
  unsealed: sameReason(['lifted_at', 'lifted_by'], 'for this test'),
})
const row = { orgId: 'a', stoppedAt: new Date(0), noMatches: 3 }

function misspelt() {
  return sealedTable('matching_stop', {
    seal: ['stop', 1],
    // @ts-expect-error: no column of this table
    covers: ['org_id', 'stoped_at', 'stopped_at', 'no_matches', 'lifted_at', 'lifted_by'],
  })
}

test('a column of which nothing is said does not compile', () => {
  // @ts-expect-error: « lifted_by is not sealed »
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches', 'lifted_at'],
  })
  // @ts-expect-error: the same where another one is left out
  sealedTable('matching_stop', {
    seal: ['stop', 1],
    covers: ['org_id', 'stopped_at', 'no_matches'],
    unsealed: { lifted_at: 'for this test' },
  })
  // @ts-expect-error: the same of a table whose rows units read
  sealedUnitTable('oidc_session_authorizations', {
    seal: ['authorization', 1],
    covers: ['session_uid', 'client_id'],
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
  })
  // @ts-expect-error: no table
  expect(() => sealedTable('matching_stops', { seal: ['stop', 1], covers: ['org_id'] })).toThrow()
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
  })
  expectTypeOf<RowOf<typeof named>>().toEqualTypeOf<{
    readonly uid: string
    readonly client_id: string
    readonly content: { readonly grants: number }
  }>()
  expect(named.fields.map(([name]) => name)).toEqual(['uid', 'client_id', 'content'])
})

test('each table that has a seal is declared by its room', () => {
  const bear = Object.entries(tables)
    .filter(([, columns]) => 'seal' in columns)
    .map(([name]) => name)
  // The register's seals are of digests of its versions (src/registry/changes/seal.ts).
  const declared = [
    ...sealedTableValues.map(({ table }) => table),
    'register_seal',
    'register_state',
  ]
  expect(declared.toSorted()).toEqual(bear.toSorted())
})

test('a row of another table under the same columns has another seal', () => {
  const tags = sealedTableValues.map(({ tag }) => tag)
  expect(new Set(tags).size).toBe(tags.length)
})
