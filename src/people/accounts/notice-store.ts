import type { Database, Transaction } from '../../base/database/database.ts'

export type Notice = {
  readonly noticeId: string
  /** `line`: nobody had asked the person about the line; she raised it herself. */
  readonly kind:
    | 'new-device'
    | 'factor-added'
    | 'address-added'
    | 'codes-made'
    | 'recovered'
    | 'line'
  readonly factor: 'passkey' | 'security-key' | 'password' | 'totp' | null
  /** The way in, or the address, that was added. */
  readonly factorId: string | null
  readonly device: string | null
  readonly network: string | null
  readonly at: Date
}

export type NewNotice = Pick<Notice, 'kind'> & {
  readonly personId: string
  readonly factor?: Notice['factor']
  readonly factorId?: string
  readonly device?: string
}

const maxAsked = 500

type NoticeRow = NewNotice & {
  readonly noticeId: string
  readonly network: string | undefined
  readonly at: Date
}

export async function insertNotice(tx: Transaction, row: NoticeRow): Promise<void> {
  await tx('notices').insert({
    noticeId: row.noticeId,
    personId: row.personId,
    kind: row.kind,
    factor: row.factor ?? null,
    factorId: row.factorId ?? null,
    device: row.device ?? null,
    network: row.network ?? null,
    at: row.at,
  })
}

const noticeColumns = ['noticeId', 'kind', 'factor', 'factorId', 'device', 'network', 'at'] as const

export async function noticeRows(
  db: Database | Transaction,
  personId: string,
  since: Date,
  limit: number,
): Promise<Notice[]> {
  return db('notices')
    .select(noticeColumns)
    .where({ personId, answer: null })
    .where('at', '>', since)
    .orderBy('at', 'desc')
    .limit(limit)
}

export type NoticeAnswer = Pick<Notice, 'noticeId' | 'device'> & {
  readonly answer: 'mine' | 'not-mine' | null
}

/** The notice that the deed of this instant wrote: all rows of a deed have one `now`. */
export async function noticeAt(
  db: Database | Transaction,
  personId: string,
  at: Date,
): Promise<NoticeAnswer | undefined> {
  return db('notices')
    .select('noticeId', 'device', 'answer')
    .where({ personId, at })
    .first<NoticeAnswer | undefined>()
}

export async function answerNotice(
  tx: Transaction,
  key: { readonly personId: string; readonly noticeId: string },
  answer: string,
  now: Date,
): Promise<Notice | undefined> {
  const [row]: Notice[] = await tx('notices')
    .where({ ...key, answer: null })
    .update({ answer, answeredAt: now })
    .returning(noticeColumns)
  // What one deed noted is one event, whose person is asked once: all rows of a deed have one `now` and one network.
  if (row !== undefined)
    await tx('notices')
      .where({ personId: key.personId, at: row.at, network: row.network, answer: null })
      .update({ answer, answeredAt: now })
  return row
}

/** What is remembered about a person's browsers and what she was asked, without anything that names a machine. */
export async function devicesRemembered(db: Database, personId: string) {
  const devices: { firstSeenAt: Date; lastSeenAt: Date }[] = await db('knownDevices')
    .select('firstSeenAt', 'lastSeenAt')
    .where({ personId })
    .orderBy('lastSeenAt', 'desc')
    .limit(maxAsked)
  const notices: (Notice & { answer: string | null })[] = await db('notices')
    .select('kind', 'factor', 'device', 'network', 'at', 'answer')
    .where({ personId })
    .orderBy('at', 'desc')
    .limit(maxAsked)
  return { devices, notices }
}
