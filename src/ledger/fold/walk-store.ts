import type { Session } from '../../base/database/db-session.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import type { WalkFigures } from './walk.ts'

/** The walk of a night that is not over. */
export type OpenWalk = WalkFigures & {
  readonly walkId: string
  readonly beganAt: Date
  readonly seventh: number | null
  readonly since: Date
  readonly reached: string
}

const walkColumns = `walk_id as "walkId", began_at as "beganAt", seventh, since, reached, people, events::float8 as events,
  differences, named`

export async function openWalkOf(session: Session): Promise<OpenWalk | undefined> {
  const [walk] = await session.rows<OpenWalk>(
    `select ${walkColumns} from fold_walk where ended_at is null`,
  )
  return walk
}

export async function lastWalk(session: Session): Promise<OpenWalk | undefined> {
  const [walk] = await session.rows<OpenWalk>(
    `select ${walkColumns} from fold_walk order by began_at desc limit 1`,
  )
  return walk
}

/** Two processes that begin at once begin one walk. */
export async function insertWalk(
  session: Session,
  { walkId, beganAt, seventh, since }: Pick<OpenWalk, 'walkId' | 'beganAt' | 'seventh' | 'since'>,
): Promise<void> {
  await session.rows(
    `insert into fold_walk (walk_id, began_at, seventh, since) values ($1, $2, $3, $4) on conflict do nothing`,
    [walkId, beganAt, seventh, since],
  )
}

export async function noteWalk(
  session: Session,
  lease: Lease,
  walk: OpenWalk & { readonly endedAt: Date | null },
): Promise<void> {
  const { walkId, reached, people, events, differences, named, endedAt } = walk
  await session.rows(
    `update fold_walk set reached = $4, people = $5, events = $6, differences = $7, named = $8::jsonb, ended_at = $9
     from require_lease($1, $2) where walk_id = $3`,
    [
      lease.duty,
      lease.number,
      walkId,
      reached,
      people,
      events,
      differences,
      JSON.stringify(named),
      endedAt,
    ],
  )
}

export async function forgetWalks(session: Session, before: Date): Promise<void> {
  await session.rows('delete from fold_walk where ended_at < $1', [before])
}

export type EndedWalk = Pick<WalkFigures, 'people' | 'differences'> & {
  readonly beganAt: Date
  readonly endedAt: Date
}

/** The last comparison that came to its end. */
export async function lastEnded(session: Session): Promise<EndedWalk | undefined> {
  const [walk] = await session.rows<EndedWalk>(
    `select began_at as "beganAt", ended_at as "endedAt", people, differences from fold_walk
     where ended_at is not null order by began_at desc limit 1`,
  )
  return walk
}
