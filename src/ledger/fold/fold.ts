import { setImmediate } from 'node:timers/promises'
import { writeId } from '../../base/values/ids.ts'
import type { Session } from '../../base/database/db-session.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { ChainRows, KnownPerson, Live, OpenedChain, Vault } from '../chain/index.ts'
import {
  delayedChainsOf,
  isSameLive,
  liveOf,
  emptyLiveSet,
  isErased,
  openChainRows,
  wholeChains,
} from '../chain/index.ts'
import { heldRows, instantOf } from './store.ts'
import type {
  Difference,
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldTable,
} from './told-rows.ts'
import { compare, UnknownReference, InvalidEvent } from './told-rows.ts'

// Folds the events of people into the rows that they tell, and holds the rows of the database against them.

/** What the tellers of one person are made with. */
export type ProjectionInput = {
  readonly personId: string
  readonly hasAccount: boolean
  /** The instant at which she was read. */
  readonly now: Date
  /** Her events whose content is erased. */
  readonly erased: readonly ErasedEvent[]
  /** What the end of her own chain says, as it is held: for what told it can be read no more. */
  readonly end: Live
  /** Opens a text that is sealed beside her events; undefined where it does not open. */
  open: OpenedChain['open']
}

/** The rooms whose rows are compared. */
export type FoldParts = {
  /** The SQL function of each room that gives its rows about people. */
  readonly rows: readonly string[]
  /** SQL functions that give rows about what is not there, so that no person leads to them. */
  readonly strays: readonly string[]
  /** What is wrong with rows that tell of everybody together, at the one instant of the session. */
  together(session: Session, seals: RowSeals): Promise<readonly Difference[]>
  /** New tellers for one person; each event goes to all of them, in this order. */
  tellers(telling: ProjectionInput): readonly Projection[]
}

/** What was found about one person. */
export type FoldResult = {
  readonly events: number
  readonly differences: readonly Difference[]
}

/** Folds these people, read at the one instant that the caller's session holds. In their order. */
export async function foldPeople(
  session: Session,
  vault: Vault,
  parts: FoldParts,
  people: readonly KnownPerson[],
): Promise<FoldResult[]> {
  return foldRead(vault, parts, await readPeople(session, parts, people))
}

/** Lets others run between people: what is read ahead on the same thread, or requests. */
export async function foldRead(
  vault: Vault,
  parts: FoldParts,
  read: readonly PersonRead[],
): Promise<FoldResult[]> {
  const folded: FoldResult[] = []
  for (const person of read) {
    folded.push(await foldPerson(vault, parts, person))
    await setImmediate()
  }
  return folded
}

/** Five statements, however many they are; none for nobody. */
export async function readPeople(
  session: Session,
  parts: FoldParts,
  people: readonly KnownPerson[],
): Promise<PersonRead[]> {
  if (people.length === 0) return []
  const ids = people.map(({ personId }) => personId)
  const delayed = Map.groupBy(await delayedChainsOf(session, ids), ({ personId }) => personId)
  const chainIds = [...delayed.values()].flat().map(({ chainId }) => chainId)
  const chains = await wholeChains(session, [...ids, ...chainIds])
  const held = await heldRows(session, parts.rows, ids)
  const now = await instantOf(session)
  return people.map((person) => {
    const own = present(chains.get(person.personId), 'the chain of a person')
    const others = (delayed.get(person.personId) ?? []).map(({ chainId, visibleFrom }) => ({
      ...present(chains.get(chainId), 'the chain of a permit'),
      visibleFrom,
    }))
    return { ...person, now, own, others, held: held.get(person.personId) ?? new Map() }
  })
}

/** A person's chains and rows, as they were at one instant. */
export type PersonRead = Pick<KnownPerson, 'personId' | 'hasAccount'> & {
  readonly now: Date
  readonly own: ChainRows
  /** The chains of permits of hers that bear their own ids. */
  readonly others: readonly (ChainRows & { readonly visibleFrom: Date })[]
  readonly held: ReadonlyMap<string, readonly StoredRow[]>
}

/** Where a chain itself is wrong, its fault alone is told: what it says is worth nothing. */
export async function foldPerson(
  vault: Vault,
  parts: FoldParts,
  read: PersonRead,
): Promise<FoldResult> {
  const events = [read.own, ...read.others].reduce((sum, { rows }) => sum + rows.length, 0)
  const { wrong, tables, live } = await tellPerson(vault, parts, read)
  if (tables === undefined) return { events, differences: wrong }
  const ends = [
    ...faultOfEnd(vault, read.own, { isDelayed: false, live }),
    ...read.others.flatMap((chain) =>
      faultOfEnd(vault, chain, { isDelayed: true, live: emptyLiveSet }),
    ),
  ]
  return { events, differences: [...wrong, ...ends, ...compare(tables, read.held)] }
}

// What nobody but the broker may write: the seal of the end of a chain, and which rows live by it.
function faultOfEnd(vault: Vault, chain: ChainRows, told: Told): Difference[] {
  const last = chain.rows.at(-1)
  const because = last && whyEnd(vault, chain, told)
  if (last === undefined || because === undefined) return []
  return [{ table: 'person_head', called: writeId('evt', last.eventId), because }]
}

type Told = { readonly isDelayed: boolean; readonly live: Live | undefined }

function whyEnd(vault: Vault, { chainId, ...chain }: ChainRows, told: Told): string | undefined {
  const head = present(chain.head, 'the head of a chain that holds')
  if (head.delayed !== told.isDelayed) return 'delayed is not what was written'
  const live = liveOf(vault.seals, chainId, head)
  if (live === 'untrusted') return 'its seal does not hold'
  if (told.live === undefined || isSameLive(live, told.live)) return undefined
  return 'other rows live by it than by the events'
}

/** What a person's events tell; `wrong` alone where a chain of hers is wrong. */
type Folding = {
  readonly wrong: readonly Difference[]
  readonly tables?: readonly ToldTable[]
  /** The rows that live by her own chain; undefined: no room says which. */
  readonly live?: Live | undefined
}

/** The tables that a person's events tell, and the events that cannot be told. */
export async function tellPerson(
  vault: Vault,
  parts: FoldParts,
  { personId, hasAccount, now, ...read }: PersonRead,
): Promise<Folding> {
  const opened = async (rows: ChainRows) => ({ rows, chain: await openChainRows(vault, rows) })
  const [own, ...others] = await Promise.all([
    opened(read.own),
    ...read.others.map((rows) => opened(rows)),
  ])
  const all = [own, ...others]
  const erasures = new Set(
    read.own.rows.flatMap(({ kind, eventId }) => (kind === 'content.erased' ? [eventId] : [])),
  )
  const wrong = all.flatMap((one) => faultOfChain(one.rows, one.chain, erasures))
  if (wrong.length > 0) return { wrong }
  const { open } = own.chain
  const erased = all.flatMap(({ rows }) => rows.rows.filter(isErased))
  const { head } = read.own
  const end = head === undefined ? emptyLiveSet : liveOf(vault.seals, personId, head)
  const tellers = parts.tellers({ personId, hasAccount, now, erased, end, open })
  const hasErased = erased.length > 0
  const untellable = all.flatMap(({ rows: { chainId }, chain }) =>
    chain.events.flatMap((event) => {
      const delayed = chainId === personId ? undefined : chainId
      return tell(tellers, { ...event, delayed }, hasErased)
    }),
  )
  for (const { kind } of read.own.rows) for (const teller of tellers) teller.tellKind?.(kind)
  const rows = tellers.find((teller) => teller.live !== undefined)?.live?.()
  const live = rows && tellers.reduce((list, { marks }) => marks?.(list) ?? list, rows)
  return { wrong: untellable, tables: tellers.flatMap((teller) => teller.tables()), live }
}

function faultOfChain(
  { rows }: ChainRows,
  { verdict, erasedBy }: OpenedChain,
  told: ReadonlySet<string>,
): Difference[] {
  const untold = [...erasedBy].find(([eventId]) => !told.has(eventId))
  const wrong = verdict.holds ? untold && unsaid(untold[1]) : verdict
  if (wrong === undefined) return []
  const row = rows.find(({ personSeq }) => personSeq === wrong.personSeq)
  const called = row ? writeId('evt', row.eventId) : `event ${wrong.personSeq} of a person`
  return [{ table: 'ledger_event', called, because: wrong.because }]
}

function unsaid(personSeq: number) {
  return { personSeq, because: 'it is erased, and no event says so' }
}

// An event that one room cannot tell is told to the others still.
function tell(tellers: readonly Projection[], event: ToldEvent, hasErased: boolean): Difference[] {
  return tellers.flatMap((teller) => {
    const fault = attempt(
      () => teller.tell(event),
      recoverFrom(InvalidEvent, (error) => error),
    )
    if (fault === undefined || (fault instanceof UnknownReference && hasErased)) return []
    return [
      { table: 'ledger_event', called: writeId('evt', event.eventId), because: fault.message },
    ]
  })
}
