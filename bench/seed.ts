import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { makePairwise } from '../src/people/accounts/index.ts'
import { openKeys } from '../src/base/keys/keys.ts'
import { signalMapping } from '../src/consent/signals/index.ts'
import { makeVault } from '../src/ledger/chain/index.ts'
import { sealRows, sealStandings } from './sealed-rows.ts'
import { say } from './stops.ts'

// Writes people with consents into the tables, as real answers would. Each person has five consents: the driver asks about one of them,
// and the others are for purposes that the register does not have. Each was shown, allowed and used once, which makes three events.
// Their text has the length of real ones, but cannot be opened.

const consentsOfEach = 5
const eventsOfEach = 3
const sealedBytes = 900
const peopleAtOnce = 20_000
const statementMs = 600_000
const takenInMs = 600_000
const pollMs = 200
const feedMs = 1000

export type Seeded = {
  /** A random person's identifier at the holder. */
  anyone(): string
}

/** Fills a database up to so many consents. */
export async function seedConsents(
  url: string,
  keysDir: string,
  consents: number,
): Promise<Seeded> {
  const keys = await openKeys(keysDir)
  const client = new Client({ connectionString: url, statement_timeout: statementMs })
  await client.connect()
  try {
    const wanted = Math.ceil(consents / consentsOfEach)
    let people = await seeded(client)
    while (people.length < wanted) {
      await addPeople(client, Math.min(peopleAtOnce, wanted - people.length))
      people = await seeded(client)
      say(`  ${people.length * consentsOfEach} consents`)
    }
    const vault = makeVault(keys, signalMapping)
    await addDataKeys(client, vault)
    await sealRows(client, vault)
    await sealStandings(client, vault)
    // What a night does: it marks the rows as they are, and leaves nothing to write that this wrote. Windows that follow at once paid for it.
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
    const pairwise = makePairwise(keys.pairwise)
    return {
      anyone() {
        const personId = people[Math.floor(Math.random() * people.length)] ?? ''
        return pairwise.subject(personId, 'org_agence-revenu')
      },
    }
  } finally {
    await client.end()
  }
}

/** Waits until the process that sequences has taken in what was written. @throws Error where it does not */
export async function untilTakenIn(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (let waited = 0; waited < takenInMs; waited += pollMs) {
      const { rows } = await client.query<{ waits: boolean }>(
        'select exists (select from ledger_pending) as waits',
      )
      // Each process reads the feed every second.
      if (rows[0]?.waits !== true) return await pause(2 * feedMs)
      await pause(pollMs)
    }
    throw new Error('nobody takes entries into the log')
  } finally {
    await client.end()
  }
}

// Not those who signed up on the pages.
async function seeded(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ person_id: string }>(
    `select person_id from consent_request where client_id = 'seed' group by person_id`,
  )
  return rows.map((row) => row.person_id)
}

async function addPeople(client: Client, count: number): Promise<void> {
  await client.query('begin')
  // No parameters in a `create table as`; both numbers are ours.
  await client.query(`create temp table these on commit drop as
    select person_id, purpose_at, uuidv7() as request_id, uuidv7() as consent_id, uuidv7() as presentation_id,
      uuidv7() as arrangement_id
    from (select gen_random_uuid() as person_id from generate_series(1, ${count})) p,
      generate_series(0, ${consentsOfEach - 1}) purpose_at`)
  for (const statement of rows) await client.query(statement)
  await client.query('commit')
}

// The agreement of the demonstration's two applications, and what it is between, by the numbers of their rows.
const named = `(
  select
    (select object_no from register_objects where id = 'agr_2026-001') as agreement,
    (select object_no from register_objects where id = 'pur_calcul-aide') as purpose,
    (select object_no from register_objects where id = 'dst_avis-cotisation') as dataset,
    (select object_no from register_objects where id = 'txt_calcul-aide') as text,
    (select object_no from register_objects where id = 'org_agence-revenu') as holder,
    (select object_no from register_objects where id = 'org_aide-etudes') as recipient
) r`

// The terms of each: two categories of three, nine months, and a limit that a benchmark does not reach.
const term = `now() + interval '270 days'`
const frequency = `1000000, 'P1Y'`
const page = `<p>Les mots de la page.</p>`
const sealed = `decode(repeat('5a', ${sealedBytes}), 'hex')`

const rows = [
  `insert into persons (person_id, created_at) select distinct person_id, now() from these`,
  `insert into accounts (person_id, opened_at) select distinct person_id, now() from these`,
  `insert into consent_request (request_id, visit, person_id, client_id, recipient, created_at, expires_at)
   select request_id, sha256(uuid_send(request_id)), person_id, 'seed', r.recipient, now(), now() + interval '30 days'
   from these, ${named}`,
  `insert into consent_request_item (request_id, item_no, consent_id, agreement, purpose, dataset, text, categories_required,
     categories_optional, valid_until, valid_until_local, frequency_count, frequency_per, state)
   select request_id, 1, consent_id, r.agreement, r.purpose + 1000 * purpose_at, r.dataset, r.text, 3, 0, ${term},
     (${term})::date, ${frequency}, 'answered'
   from these, ${named}`,
  `insert into rendered_page (sha256, html, first_shown_at)
   values (sha256(convert_to('${page}', 'UTF8')), '${page}', now()) on conflict do nothing`,
  `insert into presentation (presentation_id, request_id, item_no, text, lang, canonical_sha256, rendered_sha256, grant_label,
     refuse_label, order_of_items, shown_at, channel, assistance_offered, assistance_used)
   select presentation_id, request_id, 1, r.text, 'fr-CA', sha256('words'), sha256(convert_to('${page}', 'UTF8')),
     'J’autorise', 'Je refuse', array['cat_revenu-net', 'cat_situation-familiale'], now(), 'web', true, false
   from these, ${named}`,
  `insert into consent_record (consent_id, arrangement_id, version_in_arrangement, person_id, request_id, agreement, purpose,
     dataset, legal_basis_id, holder, recipient, categories_granted, categories_declined, express, one_time, frequency_count,
     frequency_per, valid_from, valid_until, valid_until_local, tz, presentation_id, text_pair_sha256, channel, acr, amr,
     created_at)
   select consent_id, arrangement_id, 1, person_id, request_id, r.agreement, r.purpose + 1000 * purpose_at, r.dataset,
     'consent_53', r.holder, r.recipient, 3, 0, false, false, ${frequency}, now(), ${term}, (${term})::date,
     'America/Toronto', presentation_id, sha256('words'), 'web', 'urn:accord:aal:2', array['pop', 'user', 'mfa'], now()
   from these, ${named}`,
  `insert into consent_current (person_id, consent_id, arrangement_id, holder, recipient, dataset, purpose, agreement,
     categories, state, state_seq, state_at, valid_from, valid_until, frequency_count, frequency_per)
   select person_id, consent_id, arrangement_id, r.holder, r.recipient, r.dataset, r.purpose + 1000 * purpose_at,
     r.agreement, 3, 'active', 1, now(), now(), ${term}, ${frequency}
   from these, ${named}`,
  `insert into person_head (person_id, updated_at, next_seq, head_commitment)
   select distinct on (person_id) person_id, date_trunc('milliseconds', now()), ${eventsOfEach * consentsOfEach + 1},
     sha256(uuid_send(consent_id))
   from these`,
  `insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
   select person_id, case k when 3 then consent_id else uuidv7() end, moment, moment, ${eventsOfEach} * purpose_at + k, 0,
     extract(year from moment at time zone 'UTC'), kind, sha256(uuid_send(consent_id)), ${sealed}
   from these, (select date_trunc('milliseconds', now()) as moment) m,
     (values (1, 'consent.presented'), (2, 'consent.granted'), (3, 'disclosure.authorised')) e (k, kind)`,
  `insert into decision (decision_id, evaluated_at, person_id, person_seq, consent_id, holder, recipient, dataset, purpose,
     agreement, legal_basis_id, asked, permitted, outcome, reason_code, policy_version, valid_until, status, last_at)
   select consent_id, now(), person_id, ${eventsOfEach} * purpose_at + 3, consent_id, r.holder, r.recipient, r.dataset,
     r.purpose + 1000 * purpose_at, r.agreement, 'consent_53', 1, 1, 'permit', 'CONSENT_ACTIVE', 1,
     now() + interval '1 minute', 'recorded', now()
   from these, ${named}`,
]

// Wrapped in Node, because the key that wraps is not in the database.
async function addDataKeys(client: Client, vault: ReturnType<typeof makeVault>): Promise<void> {
  const year = new Date().getUTCFullYear()
  for (;;) {
    const { rows: without } = await client.query<{ person_id: string }>(
      `select h.person_id from person_head h left join dek d on d.person_id = h.person_id and d.year = $1
       where d.person_id is null and h.next_seq > 1 limit $2`,
      [year, peopleAtOnce],
    )
    if (without.length === 0) return
    const made = without.map(async ({ person_id: personId }) => ({
      personId,
      ...(await vault.newDataKey({ personId, year })).wrapped,
    }))
    const keys = await Promise.all(made)
    await client.query(
      `insert into dek (person_id, year, wrapped_key, kek_id, created_at)
       select person_id, $1, decode(wrapped, 'hex'), decode(kek, 'hex'), now()
       from unnest($2::uuid[], $3::text[], $4::text[]) as k(person_id, wrapped, kek)`,
      [
        year,
        keys.map(({ personId }) => personId),
        keys.map(({ wrappedKey }) => wrappedKey.toString('hex')),
        keys.map(({ kekId }) => kekId.toString('hex')),
      ],
    )
  }
}
