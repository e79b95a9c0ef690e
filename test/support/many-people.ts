import { randomBytes, randomUUID } from 'node:crypto'
import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import { bytea } from '../../src/base/database/column-names.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { readId, writeId } from '../../src/base/values/ids.ts'
import type { Actor, JsonValue, Live, Vault } from '../../src/ledger/chain/index.ts'
import {
  knownPeople,
  makeDrafts,
  openChainRows,
  emptyLiveSet,
  sealedHead,
  withCount,
  setLive,
} from '../../src/ledger/chain/index.ts'
import type { PersonRead } from '../../src/ledger/fold/fold.ts'
import { readPeople } from '../../src/ledger/fold/fold.ts'
import type { FoldParts } from '../../src/ledger/fold/index.ts'
import { idOf } from '../../src/ledger/fold/index.ts'
import { quietVault } from './quiet-vault.ts'
import { itemHashIn } from '../../src/consent/asking/page-event.ts'

// Many people who lived as one did: her rows and her events with other ids, each truly sealed under a key of its own.

type Rows = Map<string, JsonValue[]>

const batch = 200
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const names = /\b([a-z]{3})_[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g
// Members of a payload that the writer of events sets.
const ties = ['v', 'kind', 'event_id', 'person_seq', 'prev_commitment', 'recorded_at', 'actor']

/** @param like people whose lives are copied in turn; none with a chain of its own, or a question about a line */
export async function copyPeople(
  { db, vault }: { readonly db: Database; readonly vault: Vault },
  parts: FoldParts,
  like: readonly string[],
  count: number,
): Promise<void> {
  const session = readingSession(db)
  const known = await knownPeople(session, '00000000-0000-0000-0000-000000000000', 1000)
  const read = await readPeople(
    session,
    parts,
    known.filter(({ personId }) => like.includes(personId)),
  )
  for (let done = 0; done < count; done += batch) {
    const rows: Rows = new Map()
    for (let n = done; n < Math.min(done + batch, count); n++) {
      const one = read[n % read.length]
      if (one === undefined) throw new Error('nobody to copy')
      await copyOne(vault, one, rows)
    }
    await insertAll(db, rows)
  }
}

async function copyOne(vault: Vault, read: PersonRead, rows: Rows): Promise<void> {
  const renamed = makeRenaming()
  const personId = renamed.uuid(read.personId)
  const add = (table: string, row: JsonValue) => rows.set(table, [...(rows.get(table) ?? []), row])
  const createdAt = new Date(0).toISOString()
  add('persons', { person_id: personId, status: 'active', created_at: createdAt })
  const chain = await openChainRows(vault, read.own)
  const sealed = await sealChain(vault, personId, chain.events, renamed)
  for (const row of sealed.rows) {
    add('ledger_event', row)
    add('ledger_pending', row)
  }
  add('dek', sealed.dek)
  let live: Live = withCount(emptyLiveSet, read.held.get('consent_current')?.length ?? 0)
  for (const [table, held] of read.held)
    for (const row of held) {
      const copy = JSON.parse(renamed.uuids(JSON.stringify(row))) as Record<string, JsonValue>
      if (table === 'consent_current' && ['active', 'suspended'].includes(idOf(copy, 'state')))
        live = setLive(live, idOf(copy, 'consent_id'), Number(copy['state_seq']))
      if (table === 'consent_request') copy['visit'] = bytea(randomBytes(32))
      if (table === 'receipt') {
        const at = { id: idOf(row, 'receipt_id'), year: Number(row['dek_year']) }
        const jwt = chain.open({ ...at, body: Buffer.from(idOf(row, 'body').slice(2), 'hex') })
        copy['body'] = bytea(vault.sealBeside(sealed.key, jwt ?? '', idOf(copy, 'receipt_id')))
      }
      add(table, { ...untold[table], ...copy })
    }
  const end = sealedHead(vault.seals, { ...sealed.end, chainId: personId }, live)
  if (end === undefined) throw new Error('an end without a seal')
  add('person_head', { ...sealed.head, live: bytea(end.live), seal: bytea(end.seal) })
}

function makeRenaming() {
  const known = new Map<string, string>()
  const uuid = (old: string) => {
    const name = known.get(old) ?? randomUUID()
    known.set(old, name)
    return name
  }
  return {
    uuid,
    uuids: (text: string) => text.replaceAll(uuids, uuid),
    names: (text: string) =>
      text.replaceAll(names, (id, prefix: string) => {
        const old = readId(prefix, id)
        return old === undefined ? id : writeId(prefix, uuid(old))
      }),
  }
}

type Renaming = ReturnType<typeof makeRenaming>

async function sealChain(
  vault: Vault,
  personId: string,
  events: Awaited<ReturnType<typeof openChainRows>>['events'],
  renamed: Renaming,
) {
  const [first] = events
  if (first === undefined) throw new Error('nothing was written about her')
  const year = first.recordedAt.getUTCFullYear()
  const { key, wrapped } = await vault.newDataKey({ personId, year })
  let headCommitment: Buffer | null = null
  const rows: JsonValue[] = []
  for (const event of events) {
    const chain = { personId, chainId: personId, now: event.recordedAt, headCommitment }
    const head = { ...chain, live: emptyLiveSet, restored: [] }
    const draft = makeDrafts(quietVault(vault), {
      ...head,
      nextSeq: event.personSeq,
      updatedAt: null,
      storedKey: wrapped,
    })
    const { actor, ...payload } = JSON.parse(renamed.names(JSON.stringify(event.payload))) as {
      readonly [name: string]: JsonValue
    } & { readonly actor: Actor }
    const { entry, body } = await draft({
      kind: event.kind,
      actor,
      eventId: renamed.uuid(event.eventId),
      fields: {
        ...Object.fromEntries(Object.entries(payload).filter(([name]) => !ties.includes(name))),
        // Of a question of one item: its hash is of the new names.
        ...('items_sha256' in payload ? { items_sha256: [itemHashIn(payload)] } : {}),
      },
    })
    headCommitment = entry.commitment
    const at = event.recordedAt.toISOString()
    rows.push({
      person_id: personId,
      event_id: entry.eventId,
      recorded_at: at,
      visible_from: at,
      person_seq: entry.personSeq,
      shard: 0,
      dek_year: year,
      kind: entry.kind,
      commitment: bytea(entry.commitment),
      body: bytea(body),
    })
  }
  const last = events.at(-1) ?? first
  return {
    key,
    rows,
    dek: {
      person_id: personId,
      year,
      wrapped_key: bytea(wrapped.wrappedKey),
      kek_id: bytea(wrapped.kekId),
      created_at: first.recordedAt.toISOString(),
    },
    end: {
      nextSeq: last.personSeq + 1,
      headCommitment: headCommitment ?? Buffer.alloc(0),
      updatedAt: last.recordedAt,
    },
    head: {
      person_id: personId,
      updated_at: last.recordedAt.toISOString(),
      next_seq: last.personSeq + 1,
      shard: 0,
      head_commitment: headCommitment && bytea(headCommitment),
      delayed: false,
    },
  }
}

// What a row needs that no event tells.
const untold: Readonly<Record<string, Record<string, JsonValue>>> = {
  accounts: { opened_at: new Date(0).toISOString() },
}

// The database makes the other columns of these, and of an account those that no event tells.
const someColumns: Readonly<Record<string, string>> = {
  person_head: 'person_id, updated_at, next_seq, shard, head_commitment, delayed, live, seal',
  ledger_pending: 'event_id, shard, commitment',
  accounts: 'person_id, opened_at, closed_at, erase_at, suspended_at',
}

async function insertAll(db: Database, rows: Rows): Promise<void> {
  await transact(db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    for (const [table, list] of rows) {
      const columns = someColumns[table] ?? '*'
      const named = columns === '*' ? '' : `(${columns})`
      await tx.raw(
        `insert into ${table} ${named} select ${columns} from jsonb_populate_recordset(null::${table}, ?::jsonb)`,
        [JSON.stringify(list)],
      )
    }
  })
}
