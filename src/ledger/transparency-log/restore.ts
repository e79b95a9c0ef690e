import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { JsonValue } from '../chain/index.ts'

// A database that was put back to an older state revives what was stopped since. It is found by what others know of the log: the signer's
// record, the witnesses (decision 0097) and the feed of heads (decision 0242).

/** A tree of a log, as somebody else than this database knows it. */
export type KnownTree = {
  readonly origin: string
  readonly year: number
  readonly shard: number
  readonly size: number
  /** Null: a witness said the size alone. */
  readonly root: Buffer | null
  readonly knownTo: string
}

/** Who knows of entries that were taken into the log, whether they were signed or not. Everybody else knows of signed trees. */
export const feedOfHeads = 'the feed of heads'

/** An operator's word that the database goes on as it is. */
export type RestoreWord = {
  readonly operator: string
  readonly reason: string
  readonly at: string
  /** The order that a signer of the register signed; absent where a name was typed, before the register had two. */
  readonly signed?: { readonly order: JsonValue; readonly jws: string }
}

/** What was found of one log, and who let the database go on. */
export type RestoreRow = {
  readonly restoreId: string
  readonly origin: string
  readonly year: number
  readonly shard: number
  readonly foundAt: Date
  /** The size of the newest signed tree that the database has. */
  readonly held: number
  /** How many entries had been taken into the log, by the largest tree that is known elsewhere. Not all of them need be signed. */
  readonly taken: number
  readonly root: Buffer | null
  readonly knownTo: string
  readonly words: readonly RestoreWord[]
  readonly wentOnAt: Date | null
  readonly takenUpAt: Date | null
  readonly seal: Buffer | null
}

/** What was found, in words. */
export function lossOf({
  held,
  taken,
  knownTo,
}: Pick<RestoreRow, 'held' | 'taken' | 'knownTo'>): string {
  return `${taken} entries had been taken into the log (${knownTo}); of them this database has a signed tree of ${held}`
}

/** One that operators let go on. */
export type RestoreGone = RestoreRow & { readonly wentOnAt: Date }

export const restoreTable = sealedTable('log_restore', {
  seal: ['log restore', 1],
  covers: [
    'restore_id',
    'origin',
    'year',
    'shard',
    'found_at',
    'held',
    'taken',
    'root',
    'known_to',
    'words',
    'went_on_at',
  ],
  unsealed: {
    taken_up_at: 'whether its log was written again: what excuses a lost tree is went_on_at',
  },
  types: columnTypes<{ readonly words: readonly RestoreWord[] }>(),
  inventory: {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['operators'],
    change: {
      noFact: 'that a log was put back to an older state: it bears a seal, and operators end it',
    },
    why: {
      fr: 'qu’une base a été remise, et qui l’a confirmé',
      en: 'that a database was put back, and who confirmed it',
    },
    columns: {
      technical:
        'restore_id origin year shard found_at held taken root known_to went_on_at taken_up_at seal',
      operator: 'words',
    },
  },
})

type Covered = Omit<RestoreRow, 'seal' | 'takenUpAt'>

const covered = (row: Covered) => ({ ...row, held: BigInt(row.held), taken: BigInt(row.taken) })

export function sealRestore(seals: RowSeals, row: Covered): Buffer {
  return seals.seal(restoreTable, covered(row))
}

export function isTrueRestore(seals: RowSeals, row: RestoreRow): boolean {
  return seals.holds(restoreTable, covered(row), row.seal)
}

/** The restores that two operators let go on, by rows that are as this broker wrote them. Anybody who writes to the database can invent others. */
export function resumedAfterRestore(
  seals: RowSeals,
  rows: readonly RestoreRow[],
): readonly RestoreGone[] {
  return rows.filter(
    (row): row is RestoreGone => row.wentOnAt !== null && isTrueRestore(seals, row),
  )
}

/** Whether a tree that this database has not is one that it is known to have lost. */
export function isExcused(tree: KnownTree, gone: readonly RestoreRow[]): boolean {
  return gone.some(({ origin, taken }) => origin === tree.origin && taken >= tree.size)
}

/**
 * The same for a tree whose root is known: another one of the size that was lost was never let go on, and what the database then held it
 * must still contain.
 */
export function isLost(
  tree: Pick<KnownTree, 'origin' | 'size'> & { readonly root: Buffer },
  gone: readonly RestoreRow[],
): boolean {
  return gone.some(
    ({ origin, held, taken, root }) =>
      origin === tree.origin &&
      tree.size > held &&
      (taken > tree.size || (taken === tree.size && root?.equals(tree.root) !== false)),
  )
}

/** A restore as people are told of it. */
export type ToldRestore = {
  readonly foundAt: Date
  /** How many entries of the log, of whomever, belong to no row of this database any more: at most. */
  readonly lost: number
}

/** What was found since this instant, by rows that are as this broker wrote them. */
export function toldRestores(
  seals: RowSeals,
  rows: readonly RestoreRow[],
  since: Date,
): readonly ToldRestore[] {
  return rows
    .filter((row) => row.foundAt > since && isTrueRestore(seals, row))
    .map(({ foundAt, held, taken }) => ({ foundAt, lost: Math.max(0, taken - held) }))
}

const wordMs = 3_600_000
const operatorsNeeded = 2

/**
 * A further word of an operator: earlier ones count for an hour, and one operator counts once, however the name is spelt.
 * @returns the words that count now, and whether they are enough
 */
export function withWord(
  words: readonly RestoreWord[],
  word: RestoreWord,
): { readonly words: readonly RestoreWord[]; readonly isEnough: boolean } {
  const since = new Date(word.at).getTime() - wordMs
  const others = words.filter(
    ({ operator, at }) =>
      new Date(at).getTime() > since && nameOf(operator) !== nameOf(word.operator),
  )
  const all = [...others, word]
  return { words: all, isEnough: all.length >= operatorsNeeded }
}

function nameOf(operator: string): string {
  return operator.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
}
