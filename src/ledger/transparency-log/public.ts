import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { JsonValue } from '../chain/index.ts'
import { appendPublic, canonical, originOf } from '../chain/index.ts'
import type { Audit } from './audit.ts'
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

/** Each public object with its entry, and whether its document is still the one that the entry was made from. */
export async function announcedLeaves(db: Database): Promise<Audit['register']> {
  return (await publicObjects(readingSession(db))).map(({ document, sha256, leafId }) => ({
    ref: (JSON.parse(document) as PublicObject).kind, // as `announcePublic` wrote it
    leafId,
    sha256: createHash('sha256').update(document).digest(),
    holds: createHash('sha256').update(document).digest().equals(sha256),
  }))
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
