import type { Patience } from '../../src/base/database/database.ts'
import { webPatience } from '../../src/base/database/database.ts'

/**
 * Of the hosts' houses (`house-host.ts`), and of connections that a test opens as a house does: the pools of a house, and so much
 * time that a busy machine makes no outage. What a house does when its time is over is tried with `usualPatience`.
 */
export const housePatience: Patience = { ...webPatience, statementMs: 20_000, acquireMs: 20_000 }

/** Among the environment of a house of the hosts: it waits for its database as long as a deployment does. No process of `src` reads it. */
export const usualPatience = { TEST_PATIENCE: 'usual' }

export function isUsuallyPatient(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['TEST_PATIENCE'] === usualPatience.TEST_PATIENCE
}

/** Among the environment of a house of the hosts: it looks as often as this what its database runs. */
export const usualLooks = { TEST_CODE_MS: '1000' }
// Tests change tables and functions beside their houses: one that looked just then would permit nothing for a second.
const seldomMs = 45_000

export function codeMsOf(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env['TEST_CODE_MS'] ?? seldomMs)
}
