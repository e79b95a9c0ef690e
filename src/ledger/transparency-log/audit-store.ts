import type { Session } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import type { CheckpointRow } from './store.ts'

// Questions of an audit alone: each of them reads everything.

export async function checkpointsAfter(
  session: Session,
  logId: number,
  after: number,
  limit: number,
): Promise<CheckpointRow[]> {
  return session.rows(
    `select tree_size::float8 as "treeSize", root, note from checkpoint where log_id = $1 and tree_size > $2
     order by tree_size limit $3`,
    [logId, after, limit],
  )
}

export type PersonPlace = {
  readonly personId: string
  readonly personSeq: number
  readonly eventId: string
  readonly commitment: Buffer
  /** Where the event stands, with the commitment that stands there, in hex. */
  readonly place: {
    readonly logId: number
    readonly year: number
    readonly shard: number
    readonly leafIndex: number
    readonly commitment: string
  } | null
  readonly isWaiting: boolean
}

const placeColumns = `e.person_id as "personId", e.person_seq as "personSeq", e.event_id as "eventId", e.commitment,
  case when p.event_id is not null then json_build_object('logId', p.log_id, 'year', p.year, 'shard', p.shard,
    'leafIndex', p.leaf_index, 'commitment', encode(p.commitment, 'hex')) end as place,
  p.event_id is null and exists (select 1 from ledger_pending w where w.event_id = e.event_id) as "isWaiting"`

/** Where the entry of a public document stands, or that it waits for its place; undefined: neither. */
export async function leafPlace(
  session: Session,
  leafId: string,
): Promise<{ readonly leafIndex: number; readonly commitment: Buffer } | 'waiting' | undefined> {
  // In one statement: meanwhile the entry may come from the queue into the log.
  const [row] = await session.rows<{
    isWaiting: boolean
    leafIndex: number | null
    commitment: Buffer | null
  }>(
    `select exists (select 1 from ledger_pending w where w.event_id = i.id) as "isWaiting", p.leaf_index::float8 as "leafIndex", p.commitment
     from (values ($1::uuid)) i(id) left join ledger_places p on p.event_id = i.id`,
    [leafId],
  )
  if (row === undefined) return undefined
  const { leafIndex, commitment, isWaiting } = row
  if (leafIndex !== null && commitment !== null) return { leafIndex, commitment }
  return isWaiting ? 'waiting' : undefined
}

/** A person's events with their places, in her order. */
export async function personPlaces(
  session: Session,
  personId: string,
  after: number,
  limit: number,
): Promise<PersonPlace[]> {
  return session.rows(
    `select ${placeColumns} from ledger_commitments e left join ledger_places p on p.event_id = e.event_id
     where e.person_id = $1 and e.person_seq > $2 order by e.person_seq limit $3`,
    [personId, after, limit],
  )
}

/** All events with their places, person by person, of each in her order. */
export async function placesAfter(
  session: Session,
  { personId, personSeq }: Pick<PersonPlace, 'personId' | 'personSeq'>,
  limit: number,
): Promise<PersonPlace[]> {
  return session.rows(
    `select ${placeColumns} from ledger_commitments e left join ledger_places p on p.event_id = e.event_id
     where (e.person_id, e.person_seq) > ($1::uuid, $2) order by e.person_id, e.person_seq limit $3`,
    [personId, personSeq, limit],
  )
}

/** The first position that belongs to no event and no public object. An entry of the house says all that it is. Reads everything. */
export async function findStrayPosition(
  session: Session,
): Promise<{ year: number; shard: number; leafIndex: number } | undefined> {
  const [row] = await session.rows<{ year: number; shard: number; leafIndex: number }>(
    `select l.year, l.shard, p.leaf_index::float8 as "leafIndex" from ledger_position p join log l using (log_id)
     where p.class <> 72 and not exists (select 1 from ledger_commitments e where e.event_id = p.event_id)
       and not exists (select 1 from public_leaves r where r.leaf_id = p.event_id)
     order by l.year, l.shard, p.leaf_index limit 1`,
  )
  return row
}

/** How many entries a log has, and the first index at which the right entry is missing. Reads everything. */
export async function countPositions(
  session: Session,
  logId: number,
): Promise<{ count: number; gap: number | null }> {
  const [row] = await session.rows<{ count: number; gap: number | null }>(
    `select count(*)::float8 as count, (min(n) filter (where leaf_index <> n))::float8 as gap
     from (select leaf_index, row_number() over (order by leaf_index) - 1 as n from ledger_position where log_id = $1) p`,
    [logId],
  )
  return present(row, 'the number of entries')
}
