import type { Database } from '../../base/database/database.ts'
import { preparedRows } from '../../base/database/database.ts'
import type {
  LineSubject,
  LinePlace,
  ReceivedCount,
  LineRow,
  LineSource,
  WantedLines,
} from './rows.ts'
import { sources } from './rows.ts'

// All SQL of this room. It has no table: it reads the lines that other rooms show of theirs (`lines_of_…` in migrations/functions/).

/** The filters offer the bodies and categories of so many latest lines only. */
const maxLooked = 1000
/** A summary counts so many lines at most. */
export const maxCounted = 5000

// A place after every instant, in microseconds since 1970, which a Date does not hold.
const newest: LinePlace = { place: '9999999999999999', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

const about = /* sql */ `person_id = $1 and at >= $2 and at < $3
  and ($4::integer is null or holder = $4 or recipient = $4 or service_id = any($5::text[]) or agreement = any($6::integer[]))
  and ($7::integer[] is null or exists (
    select from unnest($7::integer[], $8::bigint[]) c(in_dataset, bit) where c.in_dataset = dataset and c.bit & categories <> 0))
  and ($9::integer[] is null or holder = any($9) or recipient = any($9) or service_id = any($10::text[])
    or agreement = any($11::integer[]) or kind = any($12::text[]) or right(id::text, 10) = $13 or exists (
      select from unnest($14::integer[], $15::bigint[]) c(in_dataset, bit) where c.in_dataset = dataset and c.bit & categories <> 0))`

// Each view is read by its own index, and gives at most one page: reading costs the same for a long life as for a short one.
// Facts that a view does not hold are looked up for the lines of the page alone.
const place = /* sql */ `(extract(epoch from at) * 1000000)::bigint::text as place`
const lines = /* sql */ `${withFacts(
  `${sources
    .map(
      (source) => /* sql */ `(select '${source}' as source, ${place}, v.* from lines_of_${source} v
      where ${about} and '${source}' = any($16::text[]) and ($17::text[] is null or kind = any($17)) and (not $18 or shown_from is not null)
        and (at, id) < (timestamptz 'epoch' + $19::bigint * interval '1 microsecond', $20::uuid) order by at desc, id desc limit $21)`,
    )
    .join(' union all ')} order by at desc, id desc limit $21`,
)} order by l.at desc, l.id desc`

/** @param found lines of the person `$1` */
function withFacts(found: string): string {
  return /* sql */ `select l.*,
    coalesce(d.period_from, case l.source when 'consents' then c.lookback_from::text end, q.lookback_from::text) as period_from,
    coalesce(d.period_to, case l.source when 'consents' then c.lookback_to::text end, q.lookback_to::text) as period_to,
    c.valid_from as answered_at, k.consent_id is not null as is_change, v.device
  from (${found}) l
  left join decision_history d on l.source = 'decisions' and d.decision_id = l.id
  left join consent_states c on l.source in ('consents', 'ends') and c.person_id = $1 and c.consent_id = l.consent_id
  left join request_history q on l.source = 'requests' and q.consent_id = l.id
  left join changes_asked k on l.source = 'consents' and k.consent_id = l.consent_id
  left join devices_of_access v on l.source = 'access' and v.id = l.id`
}

/** One line of a person; undefined where it is nobody's, another person's, or not shown yet. */
export async function lineOf(
  db: Database,
  personId: string,
  { source, id }: Pick<LineRow, 'source' | 'id'>,
): Promise<LineRow | undefined> {
  const [row] = await preparedRows<Raw<LineRow>>(db, {
    name: `activity-line-${source}`,
    text: withFacts(
      /* sql */ `select '${source}' as source, ${place}, v.* from lines_of_${source} v where person_id = $1 and id = $2`,
    ),
    values: [personId, id],
  })
  return row && { ...row, categories: BigInt(row.categories ?? 0) }
}

/** A page of a person's lines, newest first. */
export async function linesOf(
  db: Database,
  personId: string,
  wanted: WantedLines,
  { after = newest, limit }: { readonly after?: LinePlace | undefined; readonly limit: number },
): Promise<LineRow[]> {
  const { sources: from, kinds, isShownLater } = wanted
  const rows = await preparedRows<Raw<LineRow>>(db, {
    name: 'activity-lines',
    text: lines,
    values: [
      ...valuesOf(personId, wanted),
      [...from],
      kinds === undefined ? null : [...kinds],
      isShownLater,
      after.place,
      after.id,
      limit,
    ],
  })
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories ?? 0) }))
}

function valuesOf(personId: string, { from, until, organisation, category, words }: WantedLines) {
  return [
    personId,
    from ?? '-infinity',
    until ?? 'infinity',
    organisation?.root ?? null,
    [...(organisation?.services ?? [])],
    [...(organisation?.agreements ?? [])],
    category === undefined ? null : [...category.datasets],
    category === undefined ? null : category.masks.map(String),
    ...valuesOfWords(words),
  ]
}

function valuesOfWords(words: WantedLines['words']) {
  if (words === undefined) return [null, [], [], [], null, [], []]
  const { roots, services, agreements, kinds, ending, datasets, masks } = words
  return [
    [...roots],
    [...services],
    [...agreements],
    [...kinds],
    ending ?? null,
    [...datasets],
    masks.map(String),
  ]
}

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string | null : T[K] }

const looked: readonly LineSource[] = [
  'decisions',
  'consents',
  'requests',
  'notices',
  'access',
  'declarations',
  'inquiries',
]

const aboutText = /* sql */ `
  select holder, recipient, dataset, agreement, service_id, bit_or(categories) as categories from (${looked
    .map(
      (
        source,
      ) => /* sql */ `(select holder, recipient, dataset, agreement, service_id, categories from lines_of_${source}
        where person_id = $1 order by at desc, id desc limit $2)`,
    )
    .join(' union all ')}) l group by holder, recipient, dataset, agreement, service_id`

/** What the person's latest lines are about. */
export async function lineSubjects(db: Database, personId: string): Promise<LineSubject[]> {
  const values = [personId, maxLooked]
  const rows = await preparedRows<Raw<LineSubject>>(db, {
    name: 'activity-about',
    text: aboutText,
    values,
  })
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories ?? 0) }))
}

const receivedText = /* sql */ `
  select recipient, dataset, categories, legal_basis_id, agreement, kind, count(*)::integer as count, max(at) as last_at from (
    (select at, recipient, dataset, categories, legal_basis_id, agreement, kind from lines_of_decisions
     where ${about} and kind in ('recorded', 'authorised', 'unconfirmed') order by at desc, id desc limit $16)
    union all
    (select at, recipient, dataset, categories, legal_basis_id, agreement, kind from lines_of_receptions
     where ${about} order by at desc, id desc limit $16)
  ) l group by recipient, dataset, categories, legal_basis_id, agreement, kind order by last_at desc`

/** Who received the wanted information, or may have received it: the latest first. */
export async function recipientsOf(
  db: Database,
  personId: string,
  wanted: WantedLines,
): Promise<ReceivedCount[]> {
  const values = [...valuesOf(personId, wanted), maxCounted]
  const rows = await preparedRows<Raw<ReceivedCount>>(db, {
    name: 'activity-received',
    text: receivedText,
    values,
  })
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories ?? 0) }))
}
