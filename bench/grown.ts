import { Client } from 'pg'
import { openKeys } from '../src/base/keys/keys.ts'
import { signalMapping } from '../src/consent/signals/index.ts'
import { makeVault } from '../src/ledger/chain/index.ts'
import { makePairwise } from '../src/people/accounts/index.ts'
import { copyInto } from './copy.ts'
import { madeKinds, makeIds } from './grown-ids.ts'
import type { Grown, Named, PersonRows } from './grown-rows.ts'
import {
  categories,
  consentColumns,
  consentRows,
  consentsOfEach,
  frequency,
  maxUsesOf,
  personColumns,
  personRows,
  termHours,
} from './grown-rows.ts'

// Fills a database with very many consents, for the question whether a decision costs more among ten million than among ten thousand.
// The server makes the rows that bear no seal; the others are copied in. Each person's consents and events lie apart, as they came.

export type Growth = {
  readonly consents: number
  readonly events: number
  readonly seed: number
  /** About how many people may be asked. Of these each event is truly sealed and committed to; of the others only the ends of their chains. */
  readonly asked: number
}

export type Asked = {
  /** The identifiers at the holder of those who may be asked about. */
  readonly subjects: readonly string[]
  readonly people: readonly string[]
}

const most = { consents: 20_000_000, eventsOfEach: 10 }
const chunk = 50_000
const peopleAtOnce = 2000
const statementMs = 3_600_000
// Of an event that nobody reads: shorter than a true one, or ten million consents would not fit a usual disk.
const bodyBytes = 120

/** What is wrong with such a growth, in words; undefined: nothing. */
export function faultOf({ consents, events, asked }: Growth): string | undefined {
  if (consents % (2 * consentsOfEach) !== 0 || consents < 10 || consents > most.consents)
    return `consents: a multiple of ten up to ${most.consents}`
  const each = events / consents
  if (!Number.isInteger(each) || each < 3 || each > most.eventsOfEach)
    return `events: three to ${most.eventsOfEach} times as many as consents`
  return asked < 1 ? 'somebody must be asked about' : undefined
}

/** Fills a database that knows nobody of this growth. */
export async function growConsents(
  at: { readonly url: string; readonly keysDir: string; readonly moment: Date },
  growth: Growth,
  tell: (line: string) => void,
): Promise<Asked> {
  const fault = faultOf(growth)
  if (fault !== undefined) throw new RangeError(fault)
  const keys = await openKeys(at.keysDir)
  const vault = makeVault(keys, signalMapping)
  const client = new Client({ connectionString: at.url, statement_timeout: statementMs })
  await client.connect()
  try {
    // Neither keys to other tables are looked up, nor messages queued: all of it is as it was made here.
    await client.query(
      `set session_replication_role = replica; set timezone = 'UTC'; set synchronous_commit = off`,
    )
    const grown = grownOf(growth, at.moment, await namedIn(client))
    const progress = makeProgress(growth, tell)
    for (let k = 0; k < consentsOfEach; k++)
      for (let from = 0; from < grown.people; from += chunk) {
        const to = Math.min(from + chunk, grown.people)
        for (const text of unsealed(grown, k, from, to)) await client.query(text)
        await copyInto(client, consentColumns, consentRows(grown, vault.seals, k, from, to))
        progress(to - from)
      }
    for (let from = 0; from < grown.people; from += peopleAtOnce) {
      const to = Math.min(from + peopleAtOnce, grown.people)
      const rows = await personRows(grown, vault, from, to)
      const tables = Object.keys(personColumns) as (keyof PersonRows)[] // its own keys
      for (const table of tables) await copyInto(client, personColumns[table], rows[table])
      progress(to - from)
    }
    return askedOf(grown, makePairwise(keys.pairwise))
  } finally {
    await client.end()
  }
}

/** Those who may be asked about in a database that was filled before. */
export async function askedIn(
  at: { readonly url: string; readonly keysDir: string; readonly moment: Date },
  growth: Growth,
): Promise<Asked> {
  const keys = await openKeys(at.keysDir)
  const named = { agreement: 0, purpose: 0, dataset: 0, text: 0, holder: 0, recipient: 0 }
  return askedOf(grownOf(growth, at.moment, named), makePairwise(keys.pairwise))
}

function grownOf({ consents, events, seed, asked }: Growth, moment: Date, named: Named): Grown {
  const people = consents / consentsOfEach
  return {
    people,
    eventsOfEach: events / consents,
    stride: Math.max(1, Math.floor(people / asked)),
    moment,
    ids: makeIds(seed, people, moment),
    named,
  }
}

function askedOf({ people, stride, ids }: Grown, pairwise: ReturnType<typeof makePairwise>): Asked {
  const count = Math.ceil(people / stride)
  const asked = Array.from({ length: count }, (_, n) => ids.person(n * stride))
  return {
    people: asked,
    subjects: asked.map((id) => pairwise.subject(id, 'org_agence-revenu')),
  }
}

function makeProgress({ consents }: Growth, tell: (line: string) => void) {
  const all = consents + consents / consentsOfEach
  const began = performance.now()
  let [done, told] = [0, began]
  return (more: number) => {
    done += more
    const now = performance.now()
    if (now - told < 10_000) return
    told = now
    const seconds = (now - began) / 1000
    const left = Math.round((seconds * (all - done)) / done)
    tell(
      `  ${Math.floor((100 * done) / all)} % of ${consents} after ${Math.round(seconds)} s, some ${left} s to go`,
    )
  }
}

async function namedIn(client: Client): Promise<Named> {
  const ids = {
    agreement: 'agr_2026-001',
    purpose: 'pur_calcul-aide',
    dataset: 'dst_avis-cotisation',
    text: 'txt_calcul-aide',
    holder: 'org_agence-revenu',
    recipient: 'org_aide-etudes',
  }
  const { rows } = await client.query<{ id: string; no: number }>(
    'select id, object_no as no from register_objects where id = any($1)',
    [Object.values(ids)],
  )
  const numbers = Object.entries(ids).map(([name, id]) => {
    const no = rows.find((row) => row.id === id)?.no
    if (no === undefined) throw new Error(`the register has no ${id}`)
    return [name, no] as const
  })
  return Object.fromEntries(numbers) as Named // the same members
}

/** The rows of one consent of each of these people that bear no seal. All values are ours. */
function unsealed(grown: Grown, k: number, from: number, to: number): string[] {
  const { moment, named, stride, eventsOfEach } = grown
  const at = `'${moment.toISOString()}'::timestamptz`
  const page = `sha256(convert_to('${pageText}', 'UTF8'))`
  const { agreement, dataset, text, holder, recipient } = named
  const purpose = named.purpose + 1000 * k
  const event = (e: number) => grown.ids.sql.made('stem', madeKinds.event + e)
  const uses = Array.from({ length: eventsOfEach - 2 }, (_, use) => use + 2)
  const year = moment.getUTCFullYear()
  const maxUses = maxUsesOf(k) ?? 'null::integer'
  // Neither a decision nor the job that writes ends reads what was asked and shown.
  const askedOnly = `these where i % ${stride} = 0`
  const first = [
    `insert into persons (person_id, created_at) select person, ${at} from these`,
    `insert into rendered_page (sha256, html, first_shown_at) values (${page}, '${pageText}', ${at}) on conflict do nothing`,
  ]
  return [
    'begin',
    theseRows(grown, k, from, to),
    ...(k === 0 ? first : []),
    `insert into consent_request (request_id, visit, person_id, client_id, recipient, created_at, expires_at)
     select request, bytes, person, 'seed', ${recipient}, ${at}, ${at} + interval '30 days' from ${askedOnly}`,
    `insert into consent_request_item (request_id, item_no, consent_id, agreement, purpose, dataset, text, categories_required,
       categories_optional, valid_until, valid_until_local, max_uses, frequency_count, frequency_per, state)
     select request, 1, consent, ${agreement}, ${purpose}, ${dataset}, ${text}, ${categories}, 0, until, until::date, ${maxUses},
       ${frequency.count}, '${frequency.per}', 'answered' from ${askedOnly}`,
    `insert into presentation (presentation_id, request_id, item_no, text, lang, canonical_sha256, rendered_sha256, grant_label,
       refuse_label, order_of_items, shown_at, channel, assistance_offered, assistance_used)
     select presentation, request, 1, ${text}, 'fr-CA', sha256('words'), ${page}, 'J’autorise', 'Je refuse',
       array['cat_revenu-net', 'cat_situation-familiale'], ${at}, 'web', true, false from ${askedOnly}`,
    `insert into consent_record (consent_id, arrangement_id, version_in_arrangement, person_id, request_id, agreement, purpose,
       dataset, legal_basis_id, holder, recipient, categories_granted, categories_declined, express, one_time, max_uses, frequency_count,
       frequency_per, valid_from, valid_until, valid_until_local, tz, presentation_id, text_pair_sha256, channel, acr, amr,
       created_at)
     select consent, arrangement, 1, person, request, ${agreement}, ${purpose}, ${dataset}, 'consent_53', ${holder}, ${recipient},
       ${categories}, 0, false, false, ${maxUses}, ${frequency.count}, '${frequency.per}', since, until, until::date, 'America/Toronto',
       presentation, sha256('words'), 'web', 'urn:accord:aal:2', array['pop', 'user', 'mfa'], ${at} from these`,
    ...uses.map(
      (
        use,
      ) => `insert into decision (decision_id, evaluated_at, person_id, person_seq, consent_id, holder, recipient, dataset,
         purpose, agreement, legal_basis_id, asked, permitted, outcome, reason_code, policy_version, valid_until, status, last_at)
       select ${event(use)}, ${at}, person, ${k * eventsOfEach + use + 1}, consent, ${holder}, ${recipient}, ${dataset}, ${purpose},
         ${agreement}, 'consent_53', 1, 1, 'permit', 'CONSENT_ACTIVE', 1, ${at} + interval '1 minute', 'recorded', ${at} from these`,
    ),
    `insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
     select person, case e ${Array.from({ length: eventsOfEach }, (_, e) => `when ${e} then ${event(e)}`).join(' ')} end, ${at}, ${at},
       ${k * eventsOfEach} + e + 1, 0, ${year},
       case e when 0 then 'consent.presented' when 1 then 'consent.granted' else 'disclosure.authorised' end,
       bytes, decode(repeat('5a', ${bodyBytes}), 'hex')
     from these, generate_series(0, ${eventsOfEach - 1}) e where i % ${stride} <> 0 order by i, e`,
    'commit',
  ]
}

function theseRows({ people, moment, ids }: Grown, k: number, from: number, to: number): string {
  const { person, stem, made } = ids.sql
  const at = `'${moment.toISOString()}'::timestamptz`
  const over = k === consentsOfEach - 1 ? 'i % 2 = 0' : 'false'
  const id = (kind: keyof typeof madeKinds) => `${made('stem', madeKinds[kind])} as ${kind}`
  return `create temp table these on commit drop as
    select i, stem, person, ${id('request')}, ${id('consent')}, ${id('presentation')}, ${id('arrangement')},
      convert_to(stem || 'growth..', 'UTF8') as bytes,
      ${at} - case when ${over} then interval '${termHours} hours' else '0' end as since,
      ${at} + case when ${over} then interval '-24 hours' else '${termHours} hours' end as until
    from (select i, ${person} as person, ${stem} as stem
      from (select i, ${k * people} + i as n from generate_series(${from}::bigint, ${to - 1}::bigint) i) numbers offset 0) named`
}

const pageText = '<p>Les mots de la page.</p>'
