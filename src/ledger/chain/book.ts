import { createHash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Transaction } from '../../base/database/database.ts'
import { afterCommit } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Entry, NewEvent } from './event.ts'
import { commitmentTo, payloadText } from './event.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Live, MarkRead, SealedHead, StandingMark } from './head.ts'
import {
  countIn,
  isDoubted,
  markIn,
  sealRecord,
  sealedHead,
  setLive,
  standingIn,
  trustedLive,
  withCount,
  withDoubt,
  withMark,
} from './head.ts'
import type { KnownEnd } from './known-heads.ts'
import type { OpenHead, StoredKey } from './store.ts'
import { appendRow, openHead } from './store.ts'
import type { Content, PersonYear, Vault, WrappedKey } from './vault.ts'

/** A person's ledger, open for writing: no other transaction writes in it until this one ends. */
export type Book = {
  /** The instant of this deed, read after the wait for the person's lock: later than every entry of her book. */
  readonly now: Date
  /** The rows that live by this chain, as of its last event. */
  readonly live: Live
  /** Whether a check found a difference that nobody settled yet. */
  readonly isDoubted: boolean
  /** How the access of this person stands, as of the last event that told it, whatever a check found. */
  readonly standing: MarkRead
  readonly seals: RowSeals
  /** Says that a row lives by this chain with this sequence number from its next event on; undefined: that it lives no more. */
  note(id: string, seq: number | undefined): void
  /** Says how the access of this person stands from her next event on, which tells it. */
  stand(mark: StandingMark): void
  /** Says from its next event on that a check found a difference, or that it is settled. */
  doubt(isDoubtful: boolean): void
  /** Says that there are so many rows more in all, or fewer, from its next event on. */
  count(more: number): void
  /**
   * Writes the next event. Calls that overlap run one after the other.
   * @throws an error for an event that may not be written, or in a year whose data key is destroyed
   */
  append(event: NewEvent): Promise<WrittenEvent>
  /**
   * Seals a text that belongs to an event of this deed, with the data key of that event. `id`, a uuid, is the text's own place:
   * it opens for no other id. Stores nothing: the deed writes an event, before or after, and a new data key comes with that event.
   */
  seal(id: string, text: string): Promise<SealedBody>
}

/** An event as the deed that wrote it sees it: with the content that opens its commitment. */
export type WrittenEvent = Entry & Content

/** A sealed text beside the ledger. Destroying the data key of its year erases it. */
export type SealedBody = { readonly year: number; readonly body: Buffer }

/**
 * The hash by which an event names a text that is sealed beside it. The random start of the sealed bytes is its salt: without
 * them nobody can try words against the hash.
 */
export function sealedHash(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}

/** An event that is ready to be written. */
export type Draft = {
  readonly entry: Entry
  readonly content: Content
  readonly body: Buffer
  /** When the person sees it; undefined: at once. */
  readonly visibleFrom: Date | undefined
  /** The year's data key, if this event is the first that needs it. */
  readonly newKey: WrappedKey | undefined
  /** The end of the chain after it; undefined: the end before it is not as it was written. */
  readonly head: SealedHead | undefined
  /** Whose the entry of the log will be, for the feed of heads. */
  readonly record: Buffer
}

// Whose books each deed opened: no event of one of them shows the id of another.
const peopleOfDeeds = new WeakMap<Transaction, Set<string>>()

type DataKey = { readonly key: KeyObject; readonly unsaved: WrappedKey | undefined }

/** Locks the person until the transaction ends. A deed about several people opens their books in the order of their ids. */
export function openBook(tx: Transaction, vault: Vault, personId: string): Promise<Book> {
  return openChain(tx, vault, { personId, chainId: personId })
}

/** As `openBook`, for the chain that bears the id of one permit, which the person sees later. It does not take the person's lock. */
export async function openChain(
  tx: Transaction,
  vault: Vault,
  chain: { readonly personId: string; readonly chainId: string },
): Promise<Book> {
  const people = peopleOfDeeds.get(tx) ?? new Set()
  peopleOfDeeds.set(tx, people.add(chain.personId))
  const opened = await openHead(tx, vault.seals, chain)
  const { heads } = vault
  // Read after the lock: what is known is not newer, or the chain was put back. What follows an end that was put back is no more genuine.
  const isPutBack = ['older', 'other'].includes(heads.compare(chain.chainId, endOf(opened)))
  let live = isPutBack ? 'untrusted' : opened.live
  const { draft, seal } = openDrafts(vault, opened, people)
  return {
    now: opened.now,
    get live() {
      return trustedLive(live)
    },
    get isDoubted() {
      return isDoubted(live)
    },
    get standing() {
      return markIn(live)
    },
    seals: vault.seals,
    stand(mark) {
      live = withMark(live, mark)
    },
    note(id, seq) {
      live = setLive(live, id, seq)
    },
    doubt(isDoubtful) {
      live = withDoubt(live, isDoubtful)
    },
    count(more) {
      live = withCount(live, Math.max(0, (countIn(live) ?? 0) + more))
    },
    async append(event) {
      const { entry, content, newKey, ...rest } = await draft(event, live)
      const told = vault.signalMapping.ofEvents[event.kind]
      // What she sees later, nobody else is told before.
      const isToldNow = told !== 'nobody' && chain.chainId === chain.personId
      const signals = isToldNow ? told(event.fields) : undefined
      const naming = signals && vault.signalSeeds(entry.eventId)[0]
      await appendRow(tx, chain.chainId, { ...entry, ...rest, signals, naming }, newKey)
      const end = { nextSeq: entry.personSeq + 1, commitment: entry.commitment }
      if (!isPutBack) afterCommit(tx, () => heads.note(chain.chainId, end))
      return { ...entry, ...content }
    },
    seal,
  }
}

/** The end of a chain as it was read. */
export function endOf({ nextSeq, headCommitment: commitment }: OpenHead): KnownEnd {
  return { nextSeq, commitment }
}

/** Seals the next events of a person, one after the other, and the end of her chain with the rows that live by it then. Nothing is stored. */
export function makeDrafts(vault: Vault, head: OpenHead): (event: NewEvent) => Promise<Draft> {
  const { draft } = openDrafts(vault, head, [head.personId])
  return (event) => {
    // They are written with others, by a statement that tells nobody.
    if (vault.signalMapping.ofEvents[event.kind] !== 'nobody')
      throw new TypeError(`${event.kind} is written by a book`)
    return draft(event, head.live)
  }
}

function openDrafts(
  vault: Vault,
  head: OpenHead,
  people: Iterable<string>,
): { draft(event: NewEvent, live: Live): Promise<Draft>; seal: Book['seal'] } {
  const { personId, chainId, now, storedKey } = head
  const year = { personId: chainId, year: now.getUTCFullYear() }
  let personSeq = head.nextSeq
  let previous = head.headCommitment
  let { restored } = head
  let unwrapping: Promise<DataKey> | undefined
  let unsaved: WrappedKey | undefined
  // It is had once, by whoever needs it first; all others wait for it in the order in which they came.
  const dataKey = async () => {
    unwrapping ??= dataKeyOf(vault, year, storedKey).then((had) => {
      unsaved = had.unsaved
      return had
    })
    return (await unwrapping).key
  }

  async function draft(event: NewEvent, live: Live): Promise<Draft> {
    const { kind, eventId = newUuid(now), visibleFrom } = event
    if ((visibleFrom !== undefined) !== (chainId !== personId))
      throw new TypeError('what is shown later, and only that, has a chain of its own')
    const key = await dataKey()
    // Nothing is waited for from here on: each event follows the one before.
    const standing = { eventId, kind, personSeq, previous, recordedAt: now }
    const text = payloadText(event, standing, people, restored)
    restored = [] // the next event alone says it
    const newKey = unsaved
    const salt = vault.newSalt()
    const content = { salt, text }
    const body = vault.seal(key, content, standing)
    const commitment = commitmentTo(salt, text)
    const entry = { eventId, kind, personSeq, recordedAt: now, commitment }
    unsaved = undefined
    personSeq += 1
    previous = commitment
    const end = { chainId, nextSeq: personSeq, headCommitment: commitment, updatedAt: now }
    const head = sealedHead(vault.seals, end, live)
    const isDelayed = chainId !== personId
    const whose = { chainId, nextSeq: personSeq, isDelayed, standing: standingIn(live) }
    const record = sealRecord(vault.seals, entry, whose)
    return { entry, content, body, visibleFrom, newKey, head, record }
  }
  return {
    draft,
    async seal(id, text) {
      return { year: year.year, body: vault.sealBeside(await dataKey(), text, id) }
    },
  }
}

// The key is read with the head and forgotten with the book: a key that stayed in memory could not be destroyed.
async function dataKeyOf(vault: Vault, year: PersonYear, stored: StoredKey): Promise<DataKey> {
  if (stored === 'destroyed') throw new Error('the data key of this year is destroyed')
  if (stored !== 'none') return { key: await vault.unwrap(year, stored), unsaved: undefined }
  const { key, wrapped } = await vault.newDataKey(year)
  return { key, unsaved: wrapped }
}
