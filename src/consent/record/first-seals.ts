import type { Database, Transaction } from '../../base/database/database.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { transact } from '../../base/database/database.ts'
import { rowFromSql } from '../../base/sealing/sealed-table.ts'
import { readingSession } from '../../base/database/db-session.ts'
import type { Log } from '../../base/logging/log.ts'
import { present } from '../../base/values/present.ts'
import type { Live, Vault } from '../../ledger/chain/index.ts'
import {
  knownPerson,
  emptyLiveSet,
  openBook,
  sealHead,
  unsealedPeople,
  setLive,
} from '../../ledger/chain/index.ts'
import type { FoldParts, PersonRead, StoredRow, ToldTable } from '../../ledger/fold/index.ts'
import { compare, readPeople, tellPerson } from '../../ledger/fold/index.ts'
import { sealOf } from './seal.ts'
import { writeFirstSeal } from './store.ts'
import { consentTable } from './tables.ts'

// Rows that were made before there were seals, or whose key of seals is lost, are sealed by what a person's events tell, never by
// themselves: a row that says anything else stays without a seal, and permits nothing.

/** Chains that a statement looks at, and statements of one run. */
export type SealLimits = Readonly<Record<'lookedAtOnce' | 'batches', number>>
const usualLimits: SealLimits = { lookedAtOnce: 5000, batches: 20 }
const unsealed = 'the rows of a person could not be sealed'

type Sealing = { readonly vault: Vault; readonly parts: FoldParts }

/** How many people had something without a seal; `next`: the last chain that was looked at; undefined: all were. */
export type FirstSealBatch = { readonly found: number; readonly next: string | undefined }

/**
 * Seals each row, and each end of a chain, that has no seal and is as its person's events tell, among the next hundred thousand chains. A
 * person for whom it fails holds up no other.
 */
export async function sealUnsealed(
  db: Database,
  sealing: Sealing & { readonly log: Log },
  from?: string,
  limits = usualLimits,
): Promise<FirstSealBatch> {
  let [found, differing, failed] = [0, 0, 0]
  let next = from
  for (let n = 0; n < limits.batches; n++) {
    const looked = await unsealedPeople(db, next, limits.lookedAtOnce)
    const run = await isolateEach(looked.people, sealing.log, unsealed, (personId) =>
      transact(db, async (tx) => !(await sealPerson(tx, sealing, personId))),
    )
    ;[differing, failed] = [differing + run.done, failed + run.failed]
    found += looked.people.length
    next = looked.next
    if (next === undefined) break
  }
  if (differing > 0)
    sealing.log.error({ outcome: `${differing} people` }, 'rows differ from events: no seal')
  if (failed > 0) sealing.log.error({ outcome: `${failed} people` }, 'rows are left to seal')
  return { found, next }
}

/** Seals her consents, and the end of her chain, where they are as her events tell. @returns whether all are */
export async function sealPerson(
  tx: Transaction,
  { vault, parts }: Sealing,
  personId: string,
): Promise<boolean> {
  await openBook(tx, vault, personId)
  const session = readingSession(tx)
  const person = present(await knownPerson(session, personId), 'the person of a chain')
  const [own] = await readPeople(session, parts, [person])
  const read = present(own, 'the chain of a person')
  const { wrong, tables = [], live: told } = await tellPerson(vault, parts, read)
  const table = tables.find(({ name }) => name === 'consent_current')
  if (wrong.length > 0 || table === undefined) return false
  const held = read.held.get(table.name) ?? []
  // Numbers were counted otherwise before there were seals: the events say which one a row has.
  const counted = held.map((row): StoredRow => {
    const told = table.rows.get(table.key(row))?.['state_seq']
    return typeof told === 'number' ? { ...row, state_seq: told } : row
  })
  const differences = compare([table], new Map([[table.name, counted]]))
  const strange = new Set(differences.map(({ called }) => called))
  const live = await sealRows(tx, vault, { table, told }, strange)
  await sealEnds(tx, vault, read, live)
  return strange.size === 0
}

type ToldRows = { readonly table: ToldTable; readonly told: Live | undefined }

/** @returns what lives by her chain: what her events tell of its end, but for the rows that are otherwise */
async function sealRows(
  tx: Transaction,
  { seals }: Vault,
  { table: { rows, called }, told }: ToldRows,
  strange: ReadonlySet<string>,
): Promise<Live> {
  let live = present(told, 'what her events tell of the end of her chain')
  for (const one of rows.values()) {
    const row = rowFromSql(consentTable, one) // this room's own teller made it
    if (strange.has(called(one))) live = setLive(live, row.consentId, undefined)
    else await writeFirstSeal(tx, row, sealOf(seals, row))
  }
  return live
}

async function sealEnds(
  tx: Transaction,
  { seals }: Vault,
  { own, others }: PersonRead,
  live: Live,
): Promise<void> {
  for (const { chainId, head } of [own, ...others])
    if (head !== undefined)
      await sealHead(tx, seals, { chainId, ...head }, chainId === own.chainId ? live : emptyLiveSet)
}
