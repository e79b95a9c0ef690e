import type { Database, Transaction } from '../../base/database/database.ts'
import type { FirstSeals } from '../../base/sealing/first-seals.ts'
import { writeId } from '../../base/values/ids.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Actor, Book, ToldStanding, Vault } from '../../ledger/chain/index.ts'
import { eventsOfKinds, markOf, openBook } from '../../ledger/chain/index.ts'
import type { JudgedStanding, PersonStanding } from './person-standing.ts'
import {
  accessState,
  isAsTold,
  openStanding,
  sealOfStanding,
  standingFromJson,
} from './person-standing.ts'
import { standingIn } from './standing-event.ts'

// Each deed that changes how an access stands says so by an event of its person's chain, after the change and in its transaction. The end
// of the chain bears the mark of what was told: a row that was put back has another one.

/** Who changes a standing; `order`: the event of the order by which the house does it. */
export type StandingAuthor = { readonly actor: Actor; readonly order?: string | undefined }

/** As her chain knows it, too; undefined: there is no access. */
export async function readPersonStanding(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<JudgedStanding | undefined> {
  const { rows } = await db.raw<{ rows: { row: Readonly<Record<string, unknown>> }[] }>(
    'select to_jsonb(s) as row from standings_told s where person_id = ?',
    [personId],
  )
  const [found] = rows
  return found && standingFromJson(seals, found.row)
}

/** Locks the account's row, and reads the standing of its person. */
export async function lockStanding(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<JudgedStanding | undefined> {
  const { rows } = await tx.raw<{ rows: { row: Readonly<Record<string, unknown>> }[] }>(
    `select to_jsonb(s) as row from (
       select p.status, a.* from accounts a join persons p using (person_id) where person_id = ? for no key update) s`,
    [personId],
  )
  const [found] = rows
  return found && standingFromJson(seals, found.row)
}

type Opened = { readonly book: Book; readonly held: JudgedStanding }

/** The same with her book: a row that was put back is not trusted. Undefined: there is no access. */
async function openStandingOf(
  tx: Transaction,
  vault: Vault,
  personId: string,
): Promise<Opened | undefined> {
  const held = await lockStanding(tx, vault.seals, personId)
  if (held === undefined) return undefined
  const book = await openBook(tx, vault, personId)
  return { book, held: { ...held, isTrusted: held.isTrusted && isAsTold(held, book.standing) } }
}

/**
 * Changes a standing, under the account's lock, and tells it. One that was not as the broker wrote it gets no seal: a deed does not make
 * it genuine, and changes what her chain told last.
 * @param change undefined: there is nothing to change
 * @returns the number of the event that tells it; undefined: it was not changed
 */
export async function changeStanding(
  tx: Transaction,
  vault: Vault,
  personId: string,
  by: StandingAuthor,
  change: (before: PersonStanding) => Partial<Omit<PersonStanding, 'use'>> | undefined,
): Promise<number | undefined> {
  const opened = await openStandingOf(tx, vault, personId)
  if (opened === undefined) return undefined
  const { isTrusted, ...held } = opened.held
  const before = isTrusted ? held : await asTold(tx, vault, held)
  const changed = before && change(before)
  if (before === undefined || changed === undefined) return undefined
  const after = { ...before, ...changed }
  const { status, openedAt: _opened, ...columns } = after
  await tx('accounts')
    .where({ personId })
    .update({ ...columns, seal: isTrusted ? sealOfStanding(vault.seals, after) : null })
  if (status !== held.status) await tx('persons').where({ personId }).update({ status })
  return tell(opened.book, personId, { was: before, is: after }, by)
}

/** Tells in its chain that an access which was just opened is a work access. */
export async function tellWorkAccess(
  tx: Transaction,
  vault: Vault,
  personId: string,
  by: StandingAuthor,
): Promise<void> {
  const held = await lockStanding(tx, vault.seals, personId)
  if (held?.use !== 'work') throw new Error('no work access')
  await tell(await openBook(tx, vault, personId), personId, { was: held, is: held }, by)
}

/**
 * Tells that an access is erased whose time has come, before any of it is: the bodies that had to do with its person are still known.
 * @returns 'not due' where it is not to be erased, or there is none; 'untrusted': somebody else wrote that it is
 */
export async function tellErased(
  tx: Transaction,
  vault: Vault,
  personId: string,
  now: Date,
): Promise<'told' | 'not due' | 'untrusted'> {
  const opened = await openStandingOf(tx, vault, personId)
  const { eraseAt = null } = opened?.held ?? {}
  if (opened === undefined || eraseAt === null || eraseAt > now) return 'not due'
  const { book, held } = opened
  if (!held.isTrusted) return 'untrusted'
  await tell(book, personId, { was: held, is: { ...held, status: 'erased' } }, house)
  return 'told'
}

/**
 * Seals a standing that was changed by somebody else, for an operator who has looked at it, and tells it as it is.
 * @returns whether it had been changed
 */
export async function vouchForStanding(
  tx: Transaction,
  vault: Vault,
  personId: string,
  by: StandingAuthor,
): Promise<boolean> {
  const opened = await openStandingOf(tx, vault, personId)
  if (opened === undefined || opened.held.isTrusted) return false
  const { isTrusted: _trusted, ...found } = opened.held
  const before = await asTold(tx, vault, found)
  if (before === undefined) return false
  // Nobody makes a work access a person’s, or the reverse: it is what her chain told.
  const { use } = before
  const held = { ...found, use }
  await tx('accounts')
    .where({ personId })
    .update({ use, seal: sealOfStanding(vault.seals, held) })
  await tell(opened.book, personId, { was: before, is: held }, by)
  return true
}

/** People whose access is not open, in the order of their ids. */
async function notOpen(
  tx: Transaction,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const { rows } = await tx.raw<{ rows: { personId: string }[] }>(
    `select person_id as "personId" from accounts a join persons p using (person_id)
     where person_id > ?::uuid and (p.status <> 'active' or a.closed_at is not null or a.suspended_at is not null)
     order by person_id limit ?`,
    [after ?? '00000000-0000-0000-0000-000000000000', limit],
  )
  return rows.map(({ personId }) => personId)
}

/** Tells a standing of before these events, as its row says it. @returns false where her chain tells one, or there is nothing to tell */
async function tellFirst(tx: Transaction, vault: Vault, personId: string): Promise<boolean> {
  const held = await lockStanding(tx, vault.seals, personId)
  if (held?.isTrusted !== true || markOf(personId, held).word === 'open') return false
  const book = await openBook(tx, vault, personId)
  const { events, erased } = await toldOf(tx, vault, personId)
  if (events.length + erased > 0) return false
  await tell(book, personId, { was: held, is: held }, house)
  return true
}

const house: StandingAuthor = { actor: { type: 'broker' } }

async function tell(
  book: Book,
  personId: string,
  { was, is }: { readonly was: PersonStanding; readonly is: ToldStanding },
  { actor, order }: StandingAuthor,
): Promise<number> {
  const { status, suspendedAt, closedAt, eraseAt, use } = is
  book.stand(markOf(personId, is))
  const { personSeq } = await book.append({
    kind: 'access.standing',
    actor,
    fields: {
      was: accessState(was),
      status,
      suspended_at: suspendedAt?.toISOString() ?? null,
      closed_at: closedAt?.toISOString() ?? null,
      erase_at: eraseAt?.toISOString() ?? null,
      by: order === undefined ? actor.type : writeId('evt', order),
      ...(use === 'work' ? { use } : {}),
    },
  })
  return personSeq
}

function toldOf(tx: Transaction, vault: Vault, personId: string) {
  return eventsOfKinds(tx, vault, personId, { kinds: ['access.standing'] })
}

/** The standing as her chain told it last, where its row was not believed. Undefined: her access is erased, whatever stands there. */
async function asTold(
  tx: Transaction,
  vault: Vault,
  held: PersonStanding,
): Promise<PersonStanding | undefined> {
  const { events, erased } = await toldOf(tx, vault, held.personId)
  const [newest] = events
  // What told it can be read no more: nobody knows better than the row, which gets no seal.
  if (newest === undefined && erased > 0) return held
  const told = newest === undefined ? openStanding : standingIn(JSON.parse(newest.text))
  const { status, ...instants } = told
  return status === 'erased' ? undefined : { ...held, ...instants, status }
}

// Standings of before the events that tell them: until her chain tells it, an access that is not open is like a row that was put back. They
// are told once, as their rows say, by an operator who says why.

const batch = 500
const maxBatches = 20_000

/** As `accord seals first` does it, with its mark. Nobody is told twice, whatever becomes of the mark. */
export function firstStandings(vault: Vault): FirstSeals {
  return {
    table: 'access.standing',
    isBegun: () => Promise.resolve(false),
    async sealAll(tx: Transaction) {
      let told = 0
      let after: string | undefined
      for (let n = 0; n < maxBatches; n++) {
        const people = await notOpen(tx, after, batch)
        for (const personId of people) told += Number(await tellFirst(tx, vault, personId))
        after = people.at(-1)
        if (people.length < batch) return told
      }
      throw new Error('accesses without end')
    },
  }
}
