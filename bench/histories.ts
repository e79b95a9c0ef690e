import { Client } from 'pg'
import { makePairwise } from '../src/people/accounts/index.ts'
import { openKeys } from '../src/base/keys/keys.ts'
import { signalMapping } from '../src/consent/signals/index.ts'
import { makeVault } from '../src/ledger/chain/index.ts'
import { prepareJobs } from './jobs.ts'
import { sealRows } from './sealed-rows.ts'
import { say } from './stops.ts'
import type { Target } from './target.ts'
import { refuseErrors, run } from './window.ts'

const callers = 16
const atOnce = 2000 // whose proofs are fresh for as long as they take

/** Gives everybody who signed up on the pages a history of so many events: permits, through the API as in production. */
export async function liveHistories(
  target: Target,
  place: { readonly databaseUrl: string; readonly keysDir: string },
  events: number,
): Promise<void> {
  const client = new Client({ connectionString: place.databaseUrl })
  await client.connect()
  try {
    const keys = await openKeys(place.keysDir)
    const people = await peopleOfPages(client)
    await sealRows(client, makeVault(keys, signalMapping))
    say(`${people.length} people live through ${events} events each`)
    const pairwise = makePairwise(keys.pairwise)
    const subjects = people.map((id) => pairwise.subject(id, 'org_agence-revenu'))
    let next = 0
    const anyone = () => subjects[next++ % subjects.length] ?? ''
    for (let left = people.length * events; left > 0; left -= atOnce) {
      const jobs = await prepareJobs('permit', { ...target, anyone }, Math.min(left, atOnce))
      refuseErrors(await run(jobs, callers, Number.POSITIVE_INFINITY))
    }
    await requireHistories(client, people, events)
  } finally {
    await client.end()
  }
}

/** With a limit that five hundred uses do not reach; the rows are sealed again. */
async function peopleOfPages(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ person_id: string }>(
    `with changed as (update consent_current c set frequency_count = 1000000
     where not exists (select 1 from consent_request r where r.person_id = c.person_id and r.client_id = 'seed')
     returning person_id)
     update person_head h set seal = null from changed where h.person_id = changed.person_id returning h.person_id`,
  )
  return rows.map((row) => row.person_id)
}

async function requireHistories(client: Client, people: string[], events: number): Promise<void> {
  const { rows } = await client.query<{ least: string }>(
    'select min(next_seq) as least from person_head where person_id = any($1)',
    [people],
  )
  if (Number(rows[0]?.least) <= events) throw new Error('somebody lived through less')
}
