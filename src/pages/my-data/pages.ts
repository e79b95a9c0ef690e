import type { ToldRestore } from '../../ledger/transparency-log/index.ts'
import type { EntryWord } from './entry-words.ts'

/** What the templates in views/my-data receive. */
export type DataPage = {
  readonly csrf: string
  /** The problem of the last request: too many in an hour. */
  readonly problem: string | undefined
}

/** An entry of the person's chain; the words are `my-data.chain.what.<what>`. */
export type ChainEntry = {
  readonly number: number
  readonly what: EntryWord
  /** Of what, as words; undefined where the entry does not tell. */
  readonly categories: string | undefined
  readonly between: { readonly holder: string; readonly recipient: string } | undefined
  readonly at: Date
  /** The person can see that the entry exists, but no longer its content. */
  readonly isErased: boolean
  /** It says itself that entries before it may be lost. */
  readonly isAfterRestore: boolean
  /** in: in a signed tree of the public log; waiting: not yet; late: for more than ten minutes; wrong: as something else, or nowhere. */
  readonly state: 'in' | 'waiting' | 'late' | 'wrong'
  readonly proofHref: string | undefined
}

export type ChainErasure = {
  readonly rule: 'retention' | 'order'
  /** Undefined: the sharings are erased already, the sealed entries not yet. */
  readonly entries: { readonly from: number; readonly through: number } | undefined
  readonly before: Date
  readonly at: Date
  /** Undefined: files of the database may still have it. */
  readonly certified: { readonly backupsUntil: Date; readonly href: string } | undefined
}

/** Entries that the person saw later than they were written have a chain of their own (decision 0023). */
export type ChainLater = {
  readonly shownFrom: Date
  readonly isWrong: boolean
  readonly entries: readonly ChainEntry[]
}

/** A receipt in the list; the words are `my-data.proofs.<what>`. */
export type ProofsReceipt = {
  readonly what: string
  /** Of what, as words; undefined where the list does not know. */
  readonly categories: string | undefined
  readonly recipient: string | undefined
  readonly at: Date
  readonly number: string
  readonly href: string
  readonly fileHref: string
}

/** « Mes preuves » */
export type ProofsPage = {
  readonly receipts: readonly ProofsReceipt[]
  readonly olderHref: string | undefined
}

/** « Rien ne manque » */
export type ChainPage = {
  /** When the database was found put back since she has an access, and how many entries of everybody's were lost, at most. */
  readonly restores: readonly ToldRestore[]
  /** The number of the first entry looked at; 0: nothing is written. */
  readonly first: number
  readonly last: number
  /** The first entry that is not as it was written. */
  readonly wrong: number | undefined
  /** How many kept rows differ from what her entries say; only on the first page, and not if she has too many entries. */
  readonly differences: number | 'too-many' | undefined
  /** Since when nothing is sent about her, because a check found a difference that nobody settled yet. */
  readonly doubtedSince: Date | undefined
  readonly waiting: number
  readonly late: number
  /** The first day of which refusals should have an entry by now, and may have none; undefined: they have. */
  readonly notClosedSince: Date | undefined
  /** When the newest tree that holds any of them was signed. */
  readonly signedAt: Date | undefined
  readonly entries: readonly ChainEntry[]
  readonly later: readonly ChainLater[]
  readonly erasures: readonly ChainErasure[]
  readonly earlierHref: string | undefined
  readonly laterHref: string | undefined
}
