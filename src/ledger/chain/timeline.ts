import type { Database, Transaction } from '../../base/database/database.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { SealedBody, WrittenEvent } from './book.ts'
import { canonical } from './canonical.ts'
import type { JsonValue } from './canonical.ts'
import type { Entry, Payload, EventKind } from './event.ts'
import { commitmentTo, tiesOf } from './event.ts'
import type { EventRow, Head, DelayedPlace } from './store.ts'
import {
  delayedRows,
  eventRows,
  findHead,
  findKey,
  inSnapshot,
  isErasureInChain,
  rowsOfKinds,
} from './store.ts'
import type { Content, Vault } from './vault.ts'
import { SealError } from './vault.ts'

/** An event as its person may read it. Without payload its content is erased: only its kind and its time remain. */
export type TimelineEvent = Entry & {
  readonly payload: Payload | undefined
  /** With the salt the person can show that the commitment is to this payload; nobody else is given it. */
  readonly salt: Buffer | undefined
}

export type ChainVerdict = { readonly holds: true; readonly count: number } | Wrong
type Wrong = { readonly holds: false; readonly personSeq: number; readonly because: string }

export type Last = Pick<EventRow, 'personSeq' | 'commitment' | 'recordedAt'> | undefined

const pageSize = 200
// Two million events: more than a person's life holds.
const maxPages = 10_000

/** A page of a person's events, oldest first. @throws SealError for an event that does not open */
export async function readTimeline(
  db: Database,
  vault: Vault,
  personId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<TimelineEvent[]> {
  const rows = await eventRows(db, personId, after, Math.min(limit, pageSize))
  return Promise.all(rows.map((row) => openEvent(vault, personId, row)))
}

/** An event that its person saw later than it was written, in a chain that bears the permit's id (decision 0023). */
export type DelayedEvent = TimelineEvent & {
  readonly chainId: string
  readonly visibleFrom: Date
  readonly shown: DelayedPlace
}

/** A page of the events that a person saw later, in the order in which she came to see them. @throws SealError */
export async function readDelayedEvents(
  db: Database,
  vault: Vault,
  personId: string,
  { after, limit }: { readonly after: DelayedPlace | undefined; readonly limit: number },
): Promise<DelayedEvent[]> {
  const rows = await delayedRows(db, personId, after, Math.min(limit, pageSize))
  const opened = rows.map(async ({ chainId, place, ...row }) => ({
    ...(await openEvent(vault, chainId, row)),
    chainId,
    visibleFrom: row.visibleFrom,
    shown: { visibleFrom: place, eventId: row.eventId },
  }))
  return Promise.all(opened)
}

async function openEvent(vault: Vault, chainId: string, row: EventRow): Promise<TimelineEvent> {
  const content = isErased(row) ? undefined : await openRow(vault, chainId, row)
  // The text parses: we sealed it, and made it from a payload.
  const payload = content && (JSON.parse(content.text) as Payload)
  return { ...entryOf(row), payload, salt: content?.salt }
}

export function entryOf({ eventId, kind, personSeq, recordedAt, commitment }: EventRow): Entry {
  return { eventId, kind, personSeq, recordedAt, commitment }
}

/**
 * Opens a text that a deed sealed beside a person's events.
 * @returns undefined when the content of that year is erased. @throws SealError where the text does not open for this person and id
 */
export async function openSealed(
  db: Database | Transaction,
  vault: Vault,
  personId: string,
  { id, year, body }: SealedBody & { readonly id: string },
): Promise<string | undefined> {
  const personYear = { personId, year }
  const key = await findKey(db, personYear)
  if (key === 'destroyed') return undefined
  if (key === 'none') throw new SealError('its data key is none')
  return vault.openBeside(await vault.unwrap(personYear, key), body, id)
}

/**
 * Walks a person's chain from the first event to the head, and names the first event that is not as it was written.
 * It cannot notice a chain whose last events are cut off and whose head is set back: receipts carry the head, and show that.
 */
export function verifyTimeline(
  db: Database,
  vault: Vault,
  personId: string,
): Promise<ChainVerdict> {
  return inSnapshot(db, async (snapshot) => {
    let last: Last
    const erasures = { firstSeq: new Map<string, number>(), told: new Set<string>() }
    for await (const row of allRows(snapshot, personId)) {
      const fault = faultOfRow(row, last) ?? (await faultOfContent(vault, personId, row, last))
      if (fault !== undefined) return wrong(seqOf(last) + 1, fault)
      if (row.destroyEventId !== null && !erasures.firstSeq.has(row.destroyEventId))
        erasures.firstSeq.set(row.destroyEventId, row.personSeq)
      if (row.kind === 'content.erased') erasures.told.add(row.eventId)
      last = row
    }
    for (const [eventId, personSeq] of erasures.firstSeq)
      // Events that were shown later have a chain of their own, and the person's chain tells of their erasure.
      if (!erasures.told.has(eventId) && !(await isErasureInChain(snapshot, personId, eventId)))
        return wrong(personSeq, 'it is erased, and no event says so')
    const head = await findHead(snapshot, personId)
    return faultOfHead(head, last) ?? { holds: true, count: seqOf(last) }
  })
}

export type StretchEntry = Entry & {
  readonly isErased: boolean
  /** It says that the database was put back to an older state before it: entries before it may be lost. */
  readonly isAfterRestore: boolean
  /** What it says; undefined where it is erased, or not as it was written. */
  readonly payload: Payload | undefined
}

export type ChainStretch = {
  readonly entries: readonly StretchEntry[]
  /** Whether these entries are the last: then the head was checked too. */
  readonly isEnd: boolean
  readonly wrong: Wrong | undefined
}

/** Checks a stretch of a person's chain as `verifyTimeline` checks the whole chain: each entry against the one before. */
export function verifyStretch(
  db: Database,
  vault: Vault,
  personId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ChainStretch> {
  return inSnapshot(db, async (snapshot) => {
    const [before] = after === 0 ? [] : await eventRows(snapshot, personId, after - 1, 1)
    const most = Math.min(limit, pageSize)
    const rows = await eventRows(snapshot, personId, after, most + 1)
    const shown = rows.slice(0, most)
    const isEnd = rows.length === shown.length
    const payloads = new Map<number, Payload>()
    const entries = () =>
      shown.map((row) => {
        const payload = payloads.get(row.personSeq)
        const isAfterRestore = payload?.['restored'] !== undefined
        return { ...entryOf(row), isErased: isErased(row), isAfterRestore, payload }
      })
    let last: Last = before
    if (seqOf(last) !== after)
      return { entries: entries(), isEnd, wrong: wrong(after, 'it is missing') }
    for (const row of shown) {
      const content = isErased(row) ? {} : await contentOf(vault, personId, row, last)
      const fault =
        faultOfRow(row, last) ?? content.fault ?? (await faultOfErasure(snapshot, personId, row))
      if (fault !== undefined)
        return { entries: entries(), isEnd, wrong: wrong(seqOf(last) + 1, fault) }
      if (content.payload !== undefined) payloads.set(row.personSeq, content.payload)
      last = row
    }
    const head = isEnd ? faultOfHead(await findHead(snapshot, personId), last) : undefined
    return { entries: entries(), isEnd, wrong: head }
  })
}

async function faultOfErasure(
  snapshot: Transaction,
  personId: string,
  { destroyEventId }: EventRow,
): Promise<string | undefined> {
  if (destroyEventId === null || (await isErasureInChain(snapshot, personId, destroyEventId)))
    return undefined
  return 'it is erased, and no event says so'
}

async function* allRows(snapshot: Transaction, personId: string): AsyncGenerator<EventRow> {
  let after = 0
  for (let page = 0; page < maxPages; page++) {
    const rows = await eventRows(snapshot, personId, after, pageSize)
    yield* rows
    after = rows.at(-1)?.personSeq ?? after
    if (rows.length < pageSize) return
  }
  throw new Error('a timeline without end')
}

/** A fault that the columns alone show, also for an event whose content is erased. */
export function faultOfRow(row: EventRow, last: Last): string | undefined {
  if (row.personSeq !== seqOf(last) + 1) return 'it is missing'
  if (last !== undefined && row.recordedAt < last.recordedAt) return 'its time goes back'
  if (row.dekYear !== row.recordedAt.getUTCFullYear()) return 'its key is of another year'
  return undefined
}

async function faultOfContent(
  vault: Vault,
  personId: string,
  row: EventRow,
  last: Last,
): Promise<string | undefined> {
  return isErased(row) ? undefined : (await contentOf(vault, personId, row, last)).fault
}

async function contentOf(vault: Vault, personId: string, row: EventRow, last: Last) {
  const opened = openRow(vault, personId, row).catch(recoverFrom(SealError, () => undefined))
  return judgedContent(await opened, row, last)
}

type Judged = { readonly payload?: Payload; readonly fault?: string }

/** The payload of an event whose content is as it was written, or what is wrong with it. */
export function checkContent(open: (row: EventRow) => Content, row: EventRow, last: Last): Judged {
  const opened = attempt(
    () => open(row),
    recoverFrom(SealError, () => undefined),
  )
  return judgedContent(opened, row, last)
}

function judgedContent(content: Content | undefined, row: EventRow, last: Last): Judged {
  if (content === undefined) return { fault: 'it does not open' }
  if (!commitmentTo(content.salt, content.text).equals(row.commitment))
    return { fault: 'its commitment is to something else' }
  const payload = tryToParse(content.text)
  if (payload === undefined) return { fault: 'its content is not canonical' }
  const ties = tiesOf({ ...row, previous: last?.commitment ?? null })
  const broken = Object.keys(ties).find((name) => payload[name] !== ties[name])
  if (broken !== undefined) return { fault: `its content has another ${broken}` }
  // An event that is shown later says so in its content, and stands in a chain of its own (decision 0023).
  const visible = payload['visible_from'] ?? payload['recorded_at']
  return row.visibleFrom.toISOString() === visible ? { payload } : { fault: 'its view is delayed' }
}

export function faultOfHead(head: Head | undefined, last: Last): Wrong | undefined {
  const known = (head?.nextSeq ?? 1) - 1
  const written = seqOf(last)
  if (known > written) return wrong(written + 1, 'it is missing')
  if (known < written) return wrong(known + 1, 'the head does not know it')
  if (last === undefined) return undefined
  if (head?.headCommitment?.equals(last.commitment) !== true)
    return wrong(written, 'the head has another commitment')
  // From this time the next window of a limit follows.
  if (head.updatedAt?.getTime() !== last.recordedAt.getTime())
    return wrong(written, 'the head has another time')
  return undefined
}

/** @throws SealError */
export async function openRow(vault: Vault, personId: string, row: EventRow): Promise<Content> {
  const { storedKey, dekYear, body } = row
  if (typeof storedKey === 'string') throw new SealError(`its data key is ${storedKey}`)
  return vault.open(await vault.unwrap({ personId, year: dekYear }, storedKey), body, row)
}

// A text that opens was sealed with our key; a person who has the key can still seal a text that is no payload.
function tryToParse(text: string): Payload | undefined {
  try {
    const payload = JSON.parse(text) as JsonValue // JSON.parse makes nothing else
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined
    return canonical(payload) === text ? (payload as Payload) : undefined
  } catch {
    return undefined
  }
}

export function isErased({ storedKey }: EventRow): boolean {
  return storedKey === 'destroyed'
}

export function seqOf(last: Last): number {
  return last?.personSeq ?? 0
}

export function wrong(personSeq: number, because: string): Wrong {
  return { holds: false, personSeq, because }
}

/**
 * A person's events of these kinds, or of one instant, with what opens their commitments, newest first; those of a year whose key is destroyed are only
 * counted. The chain around them is not looked at. @throws SealError for an event that does not open
 */
export async function eventsOfKinds(
  tx: Database | Transaction,
  vault: Vault,
  personId: string,
  wanted: { readonly kinds: readonly EventKind[]; readonly at?: Date | undefined },
): Promise<{ readonly events: readonly WrittenEvent[]; readonly erased: number }> {
  const rows = await rowsOfKinds(tx, personId, wanted)
  const readable = rows.filter((row) => !isErased(row))
  const opened = readable.map(async (row) => ({
    ...entryOf(row),
    ...(await openRow(vault, personId, row)),
  }))
  return { events: await Promise.all(opened), erased: rows.length - readable.length }
}
