import { appendFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Duty } from '../../../src/base/jobs/duty.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { leaseMs, startDuty } from '../../../src/base/jobs/duty.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { sequenceDuty } from '../../../src/ledger/transparency-log/sequence.ts'
import { signDuty } from '../../../src/ledger/transparency-log/sign.ts'
import type { KillPoint } from './kill-points.ts'

// A process that does what `work` does of the log, and nothing else, until it is killed: from outside, or by itself when it
// comes to the point HIT_AT for the HIT_NTH time, by the signal HIT_BY. What it signed it notes in SIGNED_FILE, as whoever received
// it would.

const { env } = process
const { DATABASE_URL: url = '', LEDGER_DIR: ledgerDir = '', LOG_SECRET: secret = '' } = env
const { ISSUER: issuer = '' } = env
let left = Number(env['HIT_NTH'] ?? 1)

function reach(point: KillPoint): void {
  if (point !== env['HIT_AT']) return
  left -= 1
  if (left === 0) process.kill(process.pid, env['HIT_BY'] ?? 'SIGKILL')
}

const statements: readonly (readonly [string, string])[] = [
  ['take_into_log', 'take'],
  ['insert into checkpoint', 'row'],
]

// The statement is on its way and nobody waits for its answer: `during`.
function watched(session: Session): Session {
  return {
    async rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      const [, name] = statements.find(([words]) => text.includes(words)) ?? []
      if (name === undefined) return session.rows<Row>(text, values)
      reach(`${name} before` as KillPoint)
      const asked = session.rows<Row>(text, values)
      setTimeout(() => reach(`${name} during` as KillPoint), 1)
      const rows = await asked
      reach(`${name} after` as KillPoint)
      return rows
    },
  }
}

function watchedDuty(duty: Duty): Duty {
  return { ...duty, turn: (session, lease) => duty.turn(watched(session), lease) }
}

// Every file of the log is written beside its place and moved there: the moves are the points.
const files = createRequire(import.meta.url)('node:fs/promises') as {
  rename: (from: string, to: string) => Promise<void>
}
const { rename } = files
files.rename = async (from, to) => {
  const [, name] = /(tile|record|checkpoint)/.exec(to.replace('signed.json', 'record')) ?? []
  reach(`${name} before` as KillPoint)
  await rename(from, to)
  reach(`${name} after` as KillPoint)
}
syncBuiltinESMExports()

const log = openLog('warn')
const lifeMs = Number(env['LEASE_MS'] ?? leaseMs)
const clock = () => new Date()
const secrets = [Buffer.from(secret, 'hex')]
const askWitnesses = (_: unknown, note: string) => {
  appendFileSync(env['SIGNED_FILE'] ?? '', `${JSON.stringify(note)}\n`)
  reach('signature after')
  return Promise.resolve('')
}
startDuty(url, watchedDuty(sequenceDuty(0, clock)), log, lifeMs)
const seals = makeRowSeals(secrets)
const desk = { issuer, ledgerDir, shard: 0, secrets, clock, log, askWitnesses, seals }
startDuty(url, watchedDuty(signDuty(desk)), log, lifeMs)
process.stdout.write('working\n')
