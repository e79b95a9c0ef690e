import type { Notice, NewNotice } from './notice-store.ts'
import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { isDeviceOf, isDeviceOfAnybody } from './device-store.ts'
import { answerNotice, insertNotice, noticeRows } from './notice-store.ts'
import type { SignInNoted, SignInRow } from './sign-in-store.ts'
import { insertSignIn } from './sign-in-store.ts'

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

/** A sign-in, of which the browser and the line of activity are noted. */
type Noting = Omit<SignInRow, 'activityId' | 'deviceSha256'> & {
  /** The value of the browser's cookie, of which only the hash is stored; undefined: a browser that is never remembered. */
  readonly deviceId: string | undefined
}

/** Notes a sign-in. @param invites whether its person is asked, if it is time, whether she wants a passkey */
export function noteSignIn(
  tx: Transaction,
  seals: RowSeals,
  { deviceId, ...signIn }: Noting,
  origin: Origin,
  invites: boolean,
): Promise<SignInNoted> {
  const deviceSha256 = deviceId === undefined ? undefined : deviceHash(deviceId)
  const row = { ...signIn, activityId: newUuid(signIn.at), deviceSha256 }
  return insertSignIn(tx, seals, row, origin, invites)
}

/** Whether this person signed in in this browser before. @param id as `deviceId` of a sign-in */
export async function isKnownDevice(
  db: Database,
  seals: RowSeals,
  personId: string,
  id: string | undefined,
): Promise<boolean> {
  return id !== undefined && isDeviceOf(db, seals, { personId, deviceSha256: deviceHash(id) })
}

/** Whether anybody signed in in this browser before. @param id as `deviceId` of a sign-in */
export function isKnownToAnybody(db: Database, seals: RowSeals, id: string): Promise<boolean> {
  return isDeviceOfAnybody(db, seals, deviceHash(id))
}

/** The name of a browser, as rows hold it. */
export function deviceHash(id: string): Buffer {
  return createHash('sha256').update(`device:${id}`).digest()
}
