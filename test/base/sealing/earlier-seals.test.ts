import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { camel } from '../../../src/base/database/column-names.ts'
import { makeRowSeals, sealedRow } from '../../../src/base/sealing/row-seal.ts'
import type { RowSeals } from '../../../src/base/sealing/row-seal.ts'
import { sealedTables } from '../../../src/house/sealed-tables.ts'
import { registerSeal, versionSeal } from '../../../src/registry/changes/seal.ts'
import type { Sample, SealedKind } from './sealed-samples.ts'
import { changed, columnsOf, samplesOf, samplesOfEach, sealedKinds } from './sealed-samples.ts'

// Seals stand in databases for years: what an earlier version sealed must hold, byte for byte. `earlier-seals.json` has, of each kind of
// row, the MACs of three hundred rows, made once, by the code at the commit that added it. It is never written again: a kind that comes
// later has a test of its own.

type Sealer = {
  seal(seals: RowSeals, row: Sample): Buffer
  holds(seals: RowSeals, row: Sample, seal: Buffer): boolean
}

const kept = JSON.parse(
  readFileSync(join(import.meta.dirname, 'earlier-seals.json'), 'utf8'),
) as Readonly<Record<SealedKind, string>>
const seals = makeRowSeals([Buffer.alloc(32, 'a key that seals test rows alone')])
const macBytes = 16

/** @param row what the seal covers, as its room declares it. @param names what the code calls a column otherwise */
function byValues(row: object, names: Readonly<Record<string, string>> = {}): Sealer {
  const named = (sample: Sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [names[name] ?? camel(name), value]),
    ) as never // the columns of the sample are the row's
  return {
    seal: (by, sample) => by.seal(row as never, named(sample)),
    holds: (by, sample, seal) => by.holds(row as never, named(sample), seal),
  }
}

/** Rows of units: instants are seconds, bytes are hex. */
function byUnit(row: object, names: Readonly<Record<string, string>> = {}): Sealer {
  const own = (name: string) => names[name] ?? name
  const inUnit = (sample: Sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [own(name), inJson(value)]),
    ) as never // the columns of the sample are the row's
  return {
    seal: (by, sample) => by.seal(row as never, inUnit(sample)),
    holds: (by, sample, seal) => by.holds(row as never, inUnit(sample), seal),
  }
}

function inJson(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

/** Tables whose rows units read: their rows come as JSON. */
const unitKinds: readonly SealedKind[] = ['artifact 1', 'session 1', 'session authorization 1']

/** What seals a kind now. A kind that has a later version is sealed by what was covered then: its bytes are still those of its kinds. */
function sealerOf(kind: SealedKind): Sealer {
  if (kind === versionSeal.tag) return byValues(versionSeal)
  if (kind === registerSeal.tag) return byValues(registerSeal)
  const table = sealedTables.find(({ tag }) => tag === kind)
  if (table === undefined) return byValues(earlierRow(kind))
  const names = Object.fromEntries(
    table.covers.map((column, n) => [column, table.fields[n]?.[0] ?? column]),
  )
  return unitKinds.includes(kind) ? byUnit(table, names) : byValues(table, names)
}

function earlierRow(kind: SealedKind) {
  const [, name = '', version = ''] = /^(.*) (\d+)$/.exec(kind) ?? []
  const later = [...sealedTables, versionSeal, registerSeal].some(
    ({ tag }) => tag === `${name} ${Number(version) + 1}`,
  )
  if (!later) throw new Error(`no table has the seal ${kind}, or the next version of it`)
  const fields = columnsOf(kind).map(({ name: column, kind: type }) => [
    camel(column),
    type === 'uuids' ? 'texts' : type,
  ])
  return sealedRow(name, Number(version), Object.fromEntries(fields) as Record<string, 'text'>) // of the kinds that a seal covers
}

test.each(sealedKinds)(
  '%s: rows that earlier code sealed hold, and none with a column changed',
  (kind) => {
    const sealer = sealerOf(kind)
    const columns = columnsOf(kind)
    const macs = Buffer.from(kept[kind], 'base64')
    expect(macs).toHaveLength(samplesOfEach * macBytes)
    const faults = samplesOf(kind).flatMap((sample, n) => {
      const mac = macs.subarray(n * macBytes, (n + 1) * macBytes)
      const seal = Buffer.concat([seals.newestId, mac])
      const column = columns[n % columns.length]
      if (column === undefined) throw new Error(`${kind} covers nothing`)
      const other = { ...sample, [column.name]: changed(sample[column.name], column, n) }
      return [
        ...(sealer.holds(seals, sample, seal) ? [] : [`row ${n} does not hold`]),
        ...(sealer.seal(seals, sample).equals(seal) ? [] : [`row ${n} is sealed otherwise`]),
        ...(sealer.holds(seals, other, seal) ? [`row ${n} holds with another ${column.name}`] : []),
      ]
    })
    expect(faults).toEqual([])
  },
)
