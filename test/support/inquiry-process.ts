import { setImmediate as breathe } from 'node:timers/promises'
import { openDatabase } from '../../src/base/database/database.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { makeInquiryCounter } from '../../src/consent/disclosures/inquiry-count.ts'
import type { SharingInquiry } from '../../src/consent/disclosures/rows.ts'

// A process that counts introspections of these sharings, some times each: it tells when it has, and writes what is left when it is told.

export type CountingProcess = {
  readonly url: string
  readonly sharings: readonly SharingInquiry[]
  readonly times: number
  readonly paceMs: number
}

const { url, sharings, times, paceMs } = JSON.parse(process.argv[2] ?? '') as CountingProcess // the test wrote it
const db = openDatabase(url)
const counter = makeInquiryCounter({ db, log: openLog('silent') }, paceMs)

process.once('message', () => void end())
for (let n = 0; n < times; n++) {
  for (const sharing of sharings) counter.count(sharing)
  await breathe()
}
process.send?.('counted')

async function end(): Promise<void> {
  await counter.stop()
  await db.destroy()
  process.disconnect()
}
