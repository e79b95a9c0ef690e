import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { rowFromSql } from '../../base/sealing/sealed-table.ts'
import { present } from '../../base/values/present.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { isDoubted as isInDoubt, knownPerson, openBook } from '../../ledger/chain/index.ts'
import type { FoldParts, PersonRead, ToldTable } from '../../ledger/fold/index.ts'
import { foldPerson, readPeople, tellPerson, unlike } from '../../ledger/fold/index.ts'
import { lockAccount, personOf, tellOrdered } from '../../people/accounts/index.ts'
import type { OrderWords, RegisterSigner } from '../../registry/index.ts'
import { authorizeOrder, isDraft } from '../../registry/index.ts'
import { sealOf } from './seal.ts'
import { sealPerson } from './first-seals.ts'
import { writeAsTold } from './store.ts'
import { consentTable } from './tables.ts'

// What a check found about a person permits nothing until two settle it (decision 0186). What her events tell is what counts: her
// consents are written as they tell them, and nothing is settled while anything else of hers is otherwise.

const mostNamed = 20

export type SettleAsked = { readonly reference: string; readonly words: OrderWords }

/** What settles: whoever may order it, and what her rows are held against. */
export type Settler = {
  readonly vault: Vault
  readonly parts: FoldParts
  readonly issuer: string
  readonly signers: readonly RegisterSigner[]
}

/** `accord person settle`. @returns the lines to print. @throws OperatorError where it is refused */
export async function settlePerson(
  db: Database,
  { reference, words }: SettleAsked,
  now: Date,
  openSettler: () => Promise<Settler>,
): Promise<string[]> {
  const personId = await personOf(db, reference)
  if (personId === undefined) throw new OperatorError(`Nobody belongs to ${reference}.`)
  const settler = await openSettler()
  const { issuer, signers, vault } = settler
  const ordered = await authorizeOrder(
    { issuer, deed: 'settle', about: reference, details: {}, signers, needed: 2, now },
    words,
  )
  if (isDraft(ordered)) return [...ordered]
  return transact(db, async (tx) => {
    await lockAccount(tx, personId)
    const { isDoubted } = await openBook(tx, vault, personId)
    const read = await readHer(tx, settler, personId)
    const told = await tellPerson(vault, settler.parts, read)
    const isTold = told.live !== undefined && isInDoubt(told.live)
    if (!isDoubted && !isTold) throw new OperatorError('No check found anything about this person.')
    const written = await writeConsents(tx, settler, read, told.tables ?? [])
    await tellOrdered(tx, { vault, personId }, ordered)
    const book = await openBook(tx, vault, personId)
    book.doubt(false)
    const fields = { order_sha256: ordered.sha256 }
    await book.append({ kind: 'rows.settled', actor: { type: 'broker' }, fields })
    await sealPerson(tx, settler, personId)
    await requireSame(settler, await readHer(tx, settler, personId))
    return [
      ...written.map((called) => `${called} is written as her events tell it.`),
      'Settled: what is kept of her is what her events tell.',
    ]
  })
}

async function readHer(tx: Transaction, { parts }: Settler, personId: string): Promise<PersonRead> {
  const session = readingSession(tx)
  const person = present(await knownPerson(session, personId), 'the person of a chain')
  return present((await readPeople(session, parts, [person]))[0], 'what was read of her')
}

/** Writes her consents as her events tell them; one that is not there, or of which no event tells, stays a difference. @returns their names */
async function writeConsents(
  tx: Transaction,
  { vault }: Settler,
  { held }: PersonRead,
  tables: readonly ToldTable[],
): Promise<string[]> {
  const table = tables.find(({ name }) => name === consentTable.table)
  const written: string[] = []
  for (const row of held.get(consentTable.table) ?? []) {
    const told = table?.rows.get(table.key(row))
    if (table === undefined || told === undefined || unlike(row, told).length === 0) continue
    const whole = rowFromSql(consentTable, told) // this room's own teller made it
    await writeAsTold(tx, whole, sealOf(vault.seals, whole))
    written.push(table.called(row))
  }
  return written
}

/** @throws OperatorError, and nothing of the deed stays */
async function requireSame({ vault, parts }: Settler, read: PersonRead): Promise<void> {
  const { differences } = await foldPerson(vault, parts, read)
  if (differences.length === 0) return
  throw new OperatorError(
    [
      'Nothing is settled: what is kept of her is not what her events tell.',
      ...differences
        .slice(0, mostNamed)
        .map(({ table, called, because }) => `  ${table} ${called}: ${because}`),
    ].join('\n'),
  )
}
