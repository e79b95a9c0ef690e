import type { KeyObject } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Entry, Payload } from './event.ts'
import type { HeadRow } from './head.ts'
import type { EventRow, StoredKey } from './store.ts'
import { eventRows } from './store.ts'
import type { ChainVerdict, Last } from './timeline.ts'
import { checkContent, faultOfHead, faultOfRow, isErased, seqOf, wrong } from './timeline.ts'
import type { SealedBody } from './book.ts'
import type { Content, PersonYear, Vault } from './vault.ts'
import { SealError } from './vault.ts'

// Many chains at once, read by one statement: what `verifyTimeline` does for one person, with the content at hand.

/** A chain as it was read at one instant. */
export type ChainRows = {
  readonly chainId: string
  readonly rows: readonly EventRow[]
  readonly head: ChainEnd | undefined
}

export type ChainEnd = HeadRow & {
  /** Whether it is the chain of what its person sees later: its keys go with what it tells. */
  readonly delayed: boolean
}

export type OpenedEvent = Entry & { readonly payload: Payload }

export type OpenedChain = {
  /** The events that are not erased, in their order; up to the first wrong one. */
  readonly events: readonly OpenedEvent[]
  readonly verdict: ChainVerdict
  /** The events by which the content of others was erased, each with the first number that it erased. */
  readonly erasedBy: ReadonlyMap<string, number>
  /** Opens a text beside these events; undefined where it does not open. */
  open(sealed: SealedBody & { readonly id: string }): string | undefined
}

/** Opens a chain and checks each event against the one before, the last one against the head. */
export async function openChainRows(
  vault: Vault,
  { chainId, rows, head }: ChainRows,
): Promise<OpenedChain> {
  const keys = await openKeyring(vault, chainId, rows)
  const events: OpenedEvent[] = []
  const erasedBy = new Map<string, number>()
  let last: Last
  let verdict: ChainVerdict | undefined
  for (const row of rows) {
    const fault = faultOfRow(row, last)
    const content = fault === undefined && !isErased(row) ? checkContent(keys.open, row, last) : {}
    const because = fault ?? content.fault
    if (because !== undefined) {
      verdict = wrong(seqOf(last) + 1, because)
      break
    }
    if (content.payload !== undefined) events.push({ ...row, payload: content.payload })
    const { destroyEventId, personSeq } = row
    if (destroyEventId !== null && !erasedBy.has(destroyEventId))
      erasedBy.set(destroyEventId, personSeq)
    last = row
  }
  verdict ??= faultOfHead(head, last) ?? { holds: true, count: seqOf(last) }
  return { events, verdict, erasedBy, open: keys.openBeside }
}

/** The event at this place of a chain; undefined unless it is there as it was written, after the one before. */
export async function eventAt(
  db: Database | Transaction,
  vault: Vault,
  chainId: string,
  personSeq: number,
): Promise<OpenedEvent | undefined> {
  const rows = await eventRows(db, chainId, personSeq - 2, 2)
  const row = rows.find((one) => one.personSeq === personSeq)
  const last = rows.find((one) => one.personSeq === personSeq - 1)
  if (row === undefined || faultOfRow(row, last) !== undefined) return undefined
  const { payload } = checkContent((await openKeyring(vault, chainId, rows)).open, row, last)
  return payload && { ...row, payload }
}

// A data key is unwrapped once for all events of its year, and forgotten with the chain. One that does not open is missing only where an
// event is opened by it.
async function openKeyring(vault: Vault, chainId: string, rows: readonly EventRow[]) {
  const years = new Map(rows.map(({ dekYear, storedKey }) => [dekYear, storedKey]))
  const unwrapped = [...years].map(
    async ([year, key]) => [year, await openedOr(vault, { personId: chainId, year }, key)] as const,
  )
  const opened = new Map(await Promise.all(unwrapped))
  const keyOf = (year: number) => {
    const key = opened.get(year) ?? new SealError('its data key is none')
    if (key instanceof SealError) throw key
    return key
  }
  return {
    open: (row: EventRow): Content => vault.open(keyOf(row.dekYear), row.body, row),
    openBeside({ id, year, body }: SealedBody & { readonly id: string }): string | undefined {
      return attempt(
        () => vault.openBeside(keyOf(year), body, id),
        recoverFrom(SealError, () => undefined),
      )
    },
  }
}

async function openedOr(
  vault: Vault,
  owner: PersonYear,
  key: StoredKey,
): Promise<KeyObject | SealError> {
  if (typeof key === 'string') return new SealError(`its data key is ${key}`)
  return vault.unwrap(owner, key).catch(recoverFrom(SealError, (error) => error))
}
