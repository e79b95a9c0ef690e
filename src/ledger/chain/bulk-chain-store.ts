import type { Session } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { EntryRecord, HeadRow, RecordedEntry, StandingWord } from './head.ts'
import { liveOf, standingIn } from './head.ts'
import type { EventRow, KeyColumns } from './store.ts'
import { commitmentTo, onlyShard } from './event.ts'
import type { KnownEnd } from './known-heads.ts'
import { storedKeyOf } from './store.ts'
import type { ChainEnd, ChainRows } from './bulk-chains.ts'
import type { Content, Vault, WrappedKey } from './vault.ts'
import { SealError } from './vault.ts'

// Statements about the whole chains of many people. The caller's session holds one instant.

/** A person, whether anything was ever written about her or not. */
export type KnownPerson = {
  readonly personId: string
  readonly hasAccount: boolean
  /** How many events her chain has. */
  readonly events: number
  /** When something was last written about her, also what she sees later. */
  readonly updatedAt: Date | null
}

// What she sees later is written in chains of its own.
const personColumns = `k.person_id as "personId", k.has_account as "hasAccount", coalesce(h.next_seq, 1) - 1 as events,
  greatest(h.updated_at, (select max(e.updated_at) from delayed_chains c join delayed_ends e using (chain_id)
    where c.person_id = k.person_id)) as "updatedAt"`

// `offset 0` as in `known_people`: a join would read the ends of all chains before the first person who is asked for.
const knownEnds = `known_people k left join lateral
  (select h.next_seq, h.updated_at from person_head h where h.person_id = k.person_id offset 0) h on true`

/** The next people in the order of their ids. */
export async function knownPeople(
  session: Session,
  after: string,
  limit: number,
): Promise<KnownPerson[]> {
  return session.rows(
    `select ${personColumns} from ${knownEnds} where k.person_id > $1 order by k.person_id limit $2`,
    [after, limit],
  )
}

export async function knownPerson(
  session: Session,
  personId: string,
): Promise<KnownPerson | undefined> {
  const [person] = await session.rows<KnownPerson>(
    `select ${personColumns} from ${knownEnds} where k.person_id = $1`,
    [personId],
  )
  return person
}

/** How many events there are, of all people. */
export async function countEvents(session: Session): Promise<number> {
  const [row] = await session.rows<{ count: number }>(
    'select coalesce(sum(next_seq - 1), 0)::float8 as count from person_head',
  )
  return present(row, 'the number of events').count
}

export type PersonsDelayedChain = {
  readonly personId: string
  readonly chainId: string
  readonly visibleFrom: Date
}

/** The chains of their own of permits about these people, shown to them or not yet. */
export async function delayedChainsOf(
  session: Session,
  people: readonly string[],
): Promise<PersonsDelayedChain[]> {
  return session.rows(
    `select person_id as "personId", chain_id as "chainId", visible_from as "visibleFrom" from delayed_chains
     where person_id = any($1::uuid[]) order by chain_id`,
    [people],
  )
}

/** The end of a chain as it is at this moment; undefined: there is none. */
export async function endOfChain(session: Session, chainId: string): Promise<KnownEnd | undefined> {
  const [end] = await session.rows<KnownEnd>(
    'select next_seq as "nextSeq", head_commitment as commitment from person_head where person_id = $1',
    [chainId],
  )
  return end
}

/** These chains, whole. */
export async function wholeChains(
  session: Session,
  chainIds: readonly string[],
): Promise<Map<string, ChainRows>> {
  const heads = await session.rows<ChainEnd & { chainId: string }>(
    `select person_id as "chainId", next_seq as "nextSeq", head_commitment as "headCommitment", updated_at as "updatedAt",
       live, seal as "headSeal", delayed from person_head where person_id = any($1::uuid[])`,
    [chainIds],
  )
  const events = await session.rows<EventRow & KeyColumns & { chainId: string }>(
    `select e.person_id as "chainId", e.event_id as "eventId", e.kind, e.person_seq as "personSeq",
       e.recorded_at as "recordedAt", e.visible_from as "visibleFrom", e.dek_year as "dekYear", e.commitment, e.body,
       d.wrapped_key as "wrappedKey", d.kek_id as "kekId", d.destroy_event_id as "destroyEventId"
     from ledger_event e left join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where e.person_id = any($1::uuid[]) order by e.person_id, e.person_seq`,
    [chainIds],
  )
  const headOf = new Map(heads.map(({ chainId, ...head }) => [chainId, head]))
  const eventsOf = Map.groupBy(events, ({ chainId }) => chainId)
  return new Map(
    chainIds.map((chainId) => {
      const rows = (eventsOf.get(chainId) ?? []).map((row) => ({
        ...row,
        storedKey: storedKeyOf(row),
      }))
      return [chainId, { chainId, rows, head: headOf.get(chainId) }]
    }),
  )
}

/** An event of a chain of its own that still opens, and belongs to no permit any more. */
export async function strayChains(session: Session, limit: number): Promise<string[]> {
  const rows = await session.rows<{ eventId: string }>(
    `select e.event_id as "eventId" from person_head h
     join ledger_event e on e.person_id = h.person_id and e.person_seq = 1
     join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where h.delayed and d.wrapped_key is not null
       and not exists (select 1 from delayed_chains c where c.chain_id = h.person_id)
     order by e.event_id limit $1`,
    [limit],
  )
  return rows.map(({ eventId }) => eventId)
}

/**
 * How many entries of the logs belong to no event and no public object: an attacker who puts a person back to an earlier state, with
 * her events and keys, leaves the entries of the later events. Negative: there are events without an entry.
 */
export async function countStrayEntries(session: Session): Promise<number> {
  const [row] = await session.rows<{ stray: number }>(
    `select (t.in_logs + t.waiting - t.public - h.events)::float8 as stray
     from ledger_totals t, (select coalesce(sum(next_seq - 1), 0) as events from person_head) h`,
  )
  return present(row, 'the number of stray entries').stray
}

const endsAtOnce = 20_000

export type TrustedEnd = {
  readonly chainId: string
  readonly nextSeq: number
  readonly headCommitment: Buffer
  readonly standing: StandingWord
}

type EndRow = HeadRow & { readonly chainId: string }

/** The ends of all people's chains that are as the house sealed them, in pages, with how each access stands. */
export async function* trustedEnds(
  session: Session,
  seals: RowSeals,
): AsyncGenerator<TrustedEnd[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await session.rows<EndRow>(
      `select person_id as "chainId", next_seq as "nextSeq", head_commitment as "headCommitment", updated_at as "updatedAt", live,
         seal as "headSeal"
       from person_head where not delayed and person_id > $1 order by person_id limit $2`,
      [after, endsAtOnce],
    )
    yield rows.flatMap(({ chainId, nextSeq, headCommitment, ...row }) => {
      const live = liveOf(seals, chainId, { ...row, nextSeq, headCommitment })
      if (headCommitment === null || live === 'untrusted') return []
      return [{ chainId, nextSeq, headCommitment, standing: standingIn(live) }]
    })
    const last = rows.at(-1)
    if (last === undefined || rows.length < endsAtOnce) return
    after = last.chainId
  }
}

/** Puts what the house says of itself into the queue of the log. */
export async function queueHouse(session: Session, id: string, body: Buffer): Promise<void> {
  await session.rows('select append_house_to_ledger($1, $2, $3)', [id, body, onlyShard])
}

type WrittenRow = EndRow &
  KeyColumns & { readonly personSeq: number; readonly body: Buffer; readonly dekYear: number }

/**
 * Whose an entry is that a process of an older version wrote, which says nothing of it: the event opens for this chain and number alone, by
 * a key of the house. What can be opened no more is believed of a chain that ended by an erasure, whose end says so under its seal.
 * @returns undefined where nobody of this house says it
 */
export async function ownerOfEntry(
  session: Session,
  vault: Vault,
  { eventId, commitment }: RecordedEntry,
): Promise<EntryRecord | undefined> {
  const [row] = await session.rows<WrittenRow>(
    `select e.person_id as "chainId", e.person_seq as "personSeq", e.body, e.dek_year as "dekYear", d.wrapped_key as "wrappedKey", d.kek_id as "kekId",
       h.next_seq as "nextSeq", h.head_commitment as "headCommitment", h.updated_at as "updatedAt", h.live, h.seal as "headSeal"
     from ledger_event e join person_head h using (person_id) left join dek d on d.person_id = e.person_id and d.year = e.dek_year
     where e.event_id = $1`,
    [eventId],
  )
  if (row === undefined) return undefined
  const { chainId, personSeq } = row
  const live = liveOf(vault.seals, chainId, row)
  const standing = row.nextSeq === personSeq + 1 ? standingIn(live) : 'open'
  const key = storedKeyOf(row)
  if (key === 'none') return undefined
  if (key === 'destroyed') {
    const isErased = standingIn(live) === 'erased' && row.nextSeq > personSeq
    return isErased
      ? { chainId, nextSeq: personSeq + 1, isDelayed: false, standing: 'erased' }
      : undefined
  }
  const content = await openedBody(vault, { ...row, eventId }, key)
  if (content === undefined || !commitmentTo(content.salt, content.text).equals(commitment))
    return undefined
  const isDelayed = Object.hasOwn(JSON.parse(content.text) as object, 'visible_from')
  return { chainId, nextSeq: personSeq + 1, isDelayed, standing }
}

async function openedBody(
  vault: Vault,
  { chainId, dekYear, body, ...place }: WrittenRow & { readonly eventId: string },
  wrapped: WrappedKey,
): Promise<Content | undefined> {
  try {
    const key = await vault.unwrap({ personId: chainId, year: dekYear }, wrapped)
    return vault.open(key, body, place)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}
