import { appendFileSync } from 'node:fs'
import { expect } from 'vitest'
import { readId } from '../../src/base/values/ids.ts'
import { until } from '../support/fault-process.ts'
import type { Ground } from './ground.ts'
import type { Told } from './lives.ts'
import type { Server } from './servers.ts'

// What a drill says at its end: what was acknowledged, what of it the database does not hold, and what was wrongly permitted.

export const seed = Number(process.env['DRILL_SEED'] ?? 1)

export type Figures = Readonly<Record<string, unknown>>

export type Lost = Readonly<Record<'consents' | 'stops' | 'permits' | 'reports', readonly string[]>>

export const nothing: Lost = { consents: [], stops: [], permits: [], reports: [] }

const signedMs = 60_000

/** Prints figures, and hands them to the record of the run. */
export function tell(figures: Figures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  const file = process.env['DRILL_FIGURES']
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`)
}

/** The drill cannot be done here: it says why, visibly. */
export function skipped(why: string): void {
  tell({ skipped: why })
}

/** What is acknowledged until now. */
export function copyOf(told: Told): Told {
  return structuredClone(told)
}

export function countsOf({ consents, stops, permits, reports }: Lost): Figures {
  return {
    consents: consents.length,
    stops: stops.length,
    permits: permits.length,
    reports: reports.length,
  }
}

/** Of what was acknowledged, what a database does not hold. */
export async function lostIn({ ask }: Pick<Server, 'ask'>, told: Told): Promise<Lost> {
  const missing = async (kind: string, ids: readonly string[], sql: string) => {
    const uuids = ids.map((id) => readId(kind, id) ?? '')
    const rows = await ask(sql, [uuids])
    const found = new Set(rows.map(({ id }) => id))
    return ids.filter((_, n) => !found.has(uuids[n]))
  }
  return {
    consents: await missing(
      'con',
      told.consents,
      'select consent_id as id from consent_current where consent_id = any($1)',
    ),
    stops: await missing(
      'con',
      told.stops,
      `select consent_id as id from consent_current where consent_id = any($1) and state = 'revoked'`,
    ),
    permits: await missing(
      'dec',
      told.permits,
      `select decision_id as id from decision where decision_id = any($1) and outcome = 'permit'`,
    ),
    reports: await missing(
      'dec',
      told.reports,
      'select decision_id as id from disclosure where decision_id = any($1)',
    ),
  }
}

/** All is signed, the deployment rests, and its log, rows and chains are held against one another. */
export async function requireWhole(
  ground: Ground,
  server: Pick<Server, 'ask'>,
  told: Told,
  more: Figures,
): Promise<void> {
  const isSigned = await until('all is signed', () => allSigned(server), signedMs).then(
    () => true,
    () => false,
  )
  const lost = await lostIn(server, told)
  const verified = await ground.accord(['ledger', 'verify', '--json'])
  const { statuses, slowestMs } = ground.front.answers()
  tell({
    ...more,
    acknowledged: countsOf(told),
    lost: countsOf(lost),
    askedAfterStop: told.askedAfterStop,
    wronglyPermitted: told.wrong.length,
    brokenLives: told.brokenLives,
    statuses,
    slowestMs,
    signed: isSigned,
    verified: verified.code === 0,
  })
  expect(lost).toEqual(nothing)
  expect(told.wrong).toEqual([])
  expect(isSigned).toBe(true)
  expect({ answered500: statuses[500] ?? 0, faults: ground.faults() }).toEqual({
    answered500: 0,
    faults: [],
  })
  expect({ code: verified.code, said: verified.code === 0 ? '' : verified.output }).toEqual({
    code: 0,
    said: '',
  })
  expect(told.stops.length).toBeGreaterThan(0)
  expect(told.askedAfterStop).toBeGreaterThan(0)
}

async function allSigned({ ask }: Pick<Server, 'ask'>): Promise<boolean> {
  const [row] = await ask(`select not exists (select from ledger_pending)
    and coalesce((select max(tree_size) from checkpoint), 0) = (select count(*) from ledger_position) as done`)
  return row?.['done'] === true
}
