import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { JsonValue } from '../chain/index.ts'
import { appendPublic, canonical, originOf } from '../chain/index.ts'
import { leafPlace } from './audit-store.ts'
import { insertPublic, publicLeaves, publicObjects } from './public-store.ts'
import { keysOf, logRows } from './store.ts'

// Public objects beside the register's versions: the keys of the log, and the verifier. An entry of class R is the SHA-256 of a
// document that anybody may fetch; docs/receipts.md has the table.

export type PublicObject = Readonly<Record<string, JsonValue>> & { readonly kind: string }

/** Puts the objects that have no entry yet into the queue of the log, together with every key that has signed the log. */
export async function announcePublic(
  db: Database,
  issuer: string,
  objects: readonly PublicObject[],
  now: Date,
): Promise<number> {
  const keys = await keyObjects(readingSession(db), issuer)
  const documents = [...keys, ...objects].map((object) => canonical(object))
  return transact(db, async (tx) => {
    const rows = documents.map((document) => ({
      document,
      sha256: createHash('sha256').update(document).digest(),
      leafId: newUuid(now),
      announcedAt: now,
    }))
    const made = await insertPublic(tx, rows)
    await appendPublic(
      tx,
      made.map(({ leafId: id, sha256 }) => ({ id, sha256 })),
    )
    return made.length
  })
}

/**
 * Publishes one object, in the transaction of the deed that it tells. @returns the SHA-256 of its document, by which it is found
 */
export async function publishObject(
  tx: Transaction,
  object: PublicObject,
  now: Date,
): Promise<Buffer> {
  const document = canonical(object)
  const sha256 = createHash('sha256').update(document).digest()
  const row = { document, sha256, leafId: newUuid(now), announcedAt: now }
  const made = await insertPublic(tx, [row])
  await appendPublic(
    tx,
    made.map(({ leafId: id }) => ({ id, sha256 })),
  )
  return sha256
}

async function keyObjects(session: Session, issuer: string): Promise<PublicObject[]> {
  const logs = await logRows(session)
  const keys = await Promise.all(
    logs.map(async ({ logId, year, shard }) =>
      (await keysOf(session, logId)).map(({ vkey }) => ({
        kind: 'log-key',
        origin: originOf(issuer, year, shard),
        vkey,
      })),
    ),
  )
  return keys.flat()
}

/** A line for each public entry that has its place: origin, index, SHA-256, and where its document is. */
export async function leafLines(session: Session, issuer: string): Promise<string> {
  const leaves = await publicLeaves(session)
  return leaves
    .map(({ year, shard, leafIndex, sha256, path }) =>
      [originOf(issuer, year, shard), leafIndex, sha256.toString('hex'), path].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('')
}

// Documents held against the entries of the log that are of them, and how many there are of each kind.

/** Each public object with its entry, and whether its document is still the one that the entry was made from. */
export async function announcedLeaves(db: Database): Promise<DocumentLeaf[]> {
  return (await publicObjects(readingSession(db))).map(({ document, sha256, leafId }) => {
    const found = createHash('sha256').update(document).digest()
    const kind = kindIn(document)
    const ref = `${kind} /log/objects/${sha256.toString('hex')}.json`
    return { kind, ref, leafId, sha256: found, holds: found.equals(sha256) }
  })
}

// Somebody with SQL may have written anything there: that is found by its hash.
function kindIn(document: string): DocumentLeaf['kind'] {
  try {
    return leafKind((JSON.parse(document) as Partial<PublicObject> | null)?.kind)
  } catch {
    return leafKind(undefined)
  }
}

/** The kinds that are written today, as a line counts them. */
const counted = {
  'register-version': 'register versions',
  'register-brake': 'orders about brakes',
  'log-key': 'keys of logs',
  'log-restored': 'restores that two let go on',
  verifier: 'versions of the verifier',
  'open-data': 'files of open data',
  other: 'public documents of another kind',
} as const
type LeafKind = keyof typeof counted

export type DocumentLeaf = {
  readonly kind: LeafKind
  /** Names it among those of its kind. */
  readonly ref: string
  readonly leafId: string | undefined
  readonly holds: boolean
  /** Something beside it says that it was there. */
  readonly isGone?: boolean
  readonly sha256: Buffer
}

function leafKind(kind: unknown): LeafKind {
  const known = Object.keys(counted) as LeafKind[] // the keys of that value
  return known.find((one) => one === kind) ?? 'other'
}

/** How many there are, kind by kind; kinds of which there is none are not named. Pure. */
export function countLeaves(leaves: readonly DocumentLeaf[]): readonly string[] {
  const byKind = Map.groupBy(leaves, ({ kind }) => kind)
  return Object.entries(counted).flatMap(([kind, words]) => {
    const count = byKind.get(leafKind(kind))?.length ?? 0
    return count === 0 ? [] : [`${count} ${words}`]
  })
}

export async function auditLeaves(
  session: Session,
  leaves: readonly DocumentLeaf[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { ref: where, leafId, holds, isGone, sha256 } of leaves) {
    if (leafId === undefined) findings.push({ where, because: 'it has no entry in the public log' })
    else if (isGone === true)
      findings.push({ where, because: 'it is gone: of this month the other format is left' })
    else if (!holds)
      findings.push({ where, because: 'it is not what its entry in the public log is of' })
    else {
      const place = await leafPlace(session, leafId)
      if (place === undefined)
        findings.push({ where, because: 'its entry is in no log, and does not wait for one' })
      else if (place !== 'waiting' && !place.commitment.equals(sha256))
        findings.push({ where, index: place.leafIndex, because: 'its entry is of something else' })
    }
  }
  return findings
}
