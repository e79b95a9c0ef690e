import type { Notice, NewNotice } from './notice-store.ts'
import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { newUuid } from '../../base/platform/ids.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { isDeviceOf, noteDevice, wasOpenBefore } from './device-store.ts'
import { answerNotice, insertNotice, noticeRows } from './notice-store.ts'

// After so many days a person no longer remembers whether it was she.
const openDays = 90
const maxListed = 20

/** Writes a line in « Mon accès » that asks: was it you? In the transaction of the deed. @returns its id */
export async function noteNotice(
  tx: Transaction,
  told: NewNotice,
  { network }: Pick<Origin, 'network'>,
  now: Date,
): Promise<string> {
  const noticeId = newUuid(now)
  await insertNotice(tx, { ...told, noticeId, network, at: now })
  return noticeId
}

/** The lines that wait for an answer, newest first. */
export function openNotices(
  db: Database | Transaction,
  personId: string,
  now: Date,
): Promise<Notice[]> {
  const since = new Date(now.getTime() - openDays * 24 * 3600 * 1000)
  return noticeRows(db, personId, since, maxListed)
}

/** Answers once. @returns the notice, or undefined when it is not hers or was answered before */
export function answerOnce(
  tx: Transaction,
  { personId, noticeId }: { readonly personId: string; readonly noticeId: string },
  answer: 'mine' | 'not-mine',
  now: Date,
): Promise<Notice | undefined> {
  return answerNotice(tx, { personId, noticeId }, answer, now)
}

/**
 * Remembers this browser for this person.
 * @param id the value of the browser's cookie, of which only the hash is stored; undefined: a browser that is never remembered
 * @returns whether the person never signed in in this browser, and this is not the opening of her access
 */
export async function isNewDevice(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  id: string | undefined,
  now: Date,
): Promise<boolean> {
  if (id === undefined) return wasOpenBefore(tx, personId, now)
  const key = { personId, deviceSha256: hashOf(id) }
  const { isKnown, wasOpen } = await noteDevice(tx, seals, key, now)
  return wasOpen && !isKnown
}

/** Whether this person signed in in this browser before. @param id as for `isNewDevice` */
export async function isKnownDevice(
  db: Database,
  seals: RowSeals,
  personId: string,
  id: string | undefined,
): Promise<boolean> {
  return id !== undefined && isDeviceOf(db, seals, { personId, deviceSha256: hashOf(id) })
}

function hashOf(id: string): Buffer {
  return createHash('sha256').update(`device:${id}`).digest()
}
