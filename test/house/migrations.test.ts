import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { migrationNames, readMigration } from '../../src/base/migrating/migration-files.ts'
import type { Released } from '../support/migration-rules.ts'
import { changedInSilence, faultsOf } from '../support/migration-rules.ts'
import { functionsOfToday, releasedFunctionsFile } from '../../scripts/schema.ts'

// Those of the last release were read before it: until there is one, every migration is of the beginning, and no database is older.
const released = JSON.parse(readFileSync(releasedFunctionsFile, 'utf8')) as Released // the command writes it

test('each migration names what it bears, breaks no older code in silence, and holds nobody up', () => {
  const names = migrationNames()
  const { migrations = names } = released
  const faults = names
    .filter((name) => !migrations.includes(name))
    .flatMap((name) =>
      faultsOf(
        name,
        readMigration(name),
        names.filter((one) => one < name),
      ),
    )
  expect(faults).toEqual([])
})

const bears = '-- bears: 0036_base.sql\n'
const table = 'create table duties (duty text not null);\n'
const outside = '-- outside a transaction\n-- step'

test.each([
  ['', /names no earlier migration/],
  ['-- bears: 0099_later.sql\n', /names no earlier migration/],
  [`${bears}drop table persons;`, /drops what older code may use: say so by « -- contract/],
  [`${bears}alter table persons drop column status;`, /drops/],
  [`${bears}alter table persons rename column status to state;`, /renames/],
  [`${bears}alter table persons alter column status type citext;`, /changes the type/],
  [`${bears}alter table persons alter column status set not null;`, /demands a value/],
  [
    `${bears}alter table persons add column a text default 'x',\n  add column b text not null;`,
    /demands a value/,
  ],
  [`${bears}alter table persons add check (status <> '') not valid;`, /refuses what older code/],
  [`${bears}create unique index concurrently one on persons (status);`, /refuses what older code/],
  [`${bears}create index one on persons (status);`, /makes an index while nobody can write/],
  [
    `${bears}-- contract: so it is\nalter table persons add check (status <> '');`,
    /reads a whole table/,
  ],
  [`${bears}alter table persons add column a text check (a <> '');`, /reads a whole table/],
  [`${bears}update persons set status = 'x';`, /changes rows all at once/],
  [`${bears}${table}delete from persons;`, /changes rows all at once/],
])('it is found: %s', (text, words) => {
  const faults = faultsOf('0040_base.sql', text, ['0036_base.sql'])
  expect(faults).toEqual([expect.stringMatching(words)])
})

test.each([
  `${bears}${table}create unique index one on duties (duty);\nalter table duties add check (duty <> '');`,
  `${bears}alter table persons add column a text not null default 'x', add column b text;`,
  `${bears}-- contract: nobody reads it since 0.3\nalter table persons drop column status;`,
  `${bears}-- short: hundreds of rows\ncreate index one on register_objects (id); -- drop table`,
  `${bears}${outside}\ncreate index concurrently one on persons (status);\n${outside.slice(25)}, again until it changes nothing\nupdate persons set status = 'x' where false;`,
])('it is right: %s', (text) => {
  expect(faultsOf('0040_base.sql', text, ['0036_base.sql'])).toEqual([])
})

test('functions change since the last release with a migration that says what bears them', () => {
  expect(changedInSilence(released, functionsOfToday())).toEqual([])
})

test('functions that change without a migration are found, and before the first release nothing is', () => {
  const now = {
    migrations: ['0001_base.sql'],
    functions: { base: 'a1', chain: 'b1' },
    catalogue: 'c1',
  }
  expect(changedInSilence({}, now)).toEqual([])
  expect(changedInSilence(now, now)).toEqual([])
  const older = { ...now, functions: { base: 'a0', chain: 'b1' } }
  expect(changedInSilence(older, now)).toEqual(['base'])
  // The queue's own tables, of a new version of its library.
  expect(changedInSilence({ ...now, catalogue: 'c0' }, now)).toEqual(['catalogue'])
  expect(
    changedInSilence(older, { ...now, migrations: ['0001_base.sql', '0002_base.sql'] }),
  ).toEqual([])
})
