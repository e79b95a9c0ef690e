import { randomBytes } from 'node:crypto'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { newPersonId, newUuid, writeId } from '../../../src/base/values/ids.ts'
import type { FolderKeys } from '../../../src/base/keys/keys.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import type { Book, Entry, NewEvent, Vault } from '../../../src/ledger/chain/index.ts'
import { makeVault, openBook } from '../../../src/ledger/chain/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'

export type Stage = {
  readonly db: Database
  readonly databaseUrl: string
  readonly kek: Buffer
  readonly vault: Vault
  newPerson(): Promise<string>
  /** One deed about this person: what it does in her book, and the instant of it. */
  deed<T>(personId: string, inBook: (book: Book) => Promise<T>): Promise<T>
  /** As many events, one deed each. */
  write(personId: string, count: number): Promise<Entry[]>
  /** A statement of whoever owns the database: no trigger, no foreign key stands in the way. */
  tamper(statement: string, values?: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

export async function openStage(
  keys: Pick<FolderKeys, 'data' | 'seal'> = { data: [randomBytes(32)], seal: [randomBytes(32)] },
  given?: FreshDatabase,
): Promise<Stage> {
  const fresh = given ?? (await freshDatabase())
  // Deeds here wait for one another on purpose, on machines that are busy.
  const db = openDatabase(fresh.url, housePatience)
  const [kek = Buffer.alloc(0)] = keys.data
  const vault = makeVault(keys, signalMapping)
  const stage: Stage = {
    db,
    databaseUrl: fresh.url,
    kek,
    vault,
    async newPerson() {
      const personId = newPersonId()
      await db('persons').insert({ personId, createdAt: new Date() })
      return personId
    },
    deed: (personId, inBook) =>
      transact(db, async (tx) => inBook(await openBook(tx, vault, personId))),
    async write(personId, count) {
      const entries: Entry[] = []
      while (entries.length < count) {
        const append = (book: Book) => book.append(reopening(book.now))
        const { salt: _salt, text: _text, ...entry } = await stage.deed(personId, append)
        entries.push(entry)
      }
      return entries
    },
    tamper: (statement, values = {}) =>
      transact(db, async (tx) => {
        await tx.raw('set local session_replication_role = replica')
        await tx.raw(statement, values)
      }),
    async close() {
      await db.destroy()
      await fresh.drop()
    },
  }
  return stage
}

/** An event that tells of no row: what was never silenced is reopened. */
export function reopening(now: Date): NewEvent {
  return {
    kind: 'question.reopened',
    actor: { type: 'person', acr: 'urn:accord:aal:2' },
    fields: { silence_id: writeId('sil', newUuid(now)), answered_for_her: 0 },
  }
}

/** An event like those of a person who stops a sharing. */
export function revocation(now: Date): NewEvent {
  return {
    kind: 'consent.revoked',
    actor: { type: 'person', acr: 'urn:accord:aal:2' },
    fields: {
      consent_id: writeId('con', newUuid(now)),
      arrangement_id: writeId('arr', newUuid(now)),
      revoked_at: now.toISOString(),
    },
  }
}
