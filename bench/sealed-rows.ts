import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import type { ConsentRow } from '../src/consent/record/index.ts'
import { columnsOf, sealOf, stateColumns } from '../src/consent/record/index.ts'
import type { Live, Vault } from '../src/ledger/chain/index.ts'
import { sealOfStanding, standingFromJson } from '../src/people/accounts/index.ts'
import { emptyLiveSet, sealedHead, sealRecord, setLive } from '../src/ledger/chain/index.ts'

// Rows that the benchmark wrote by SQL bear the seals that the broker would have given them: without them nothing is permitted.

const peopleAtOnce = 2000

type SealingHead = {
  readonly person_id: string
  readonly next_seq: number
  readonly head_commitment: Buffer
  readonly updated_at: Date
}

/** Seals the rows and the heads of everybody whose head has no seal. */
export async function sealRows(client: Client, { seals }: Pick<Vault, 'seals'>): Promise<void> {
  for (;;) {
    const { rows: heads } = await client.query<SealingHead>(
      `select person_id, next_seq, head_commitment, updated_at from person_head
       where seal is null and next_seq > 1 and not delayed limit $1`,
      [peopleAtOnce],
    )
    if (heads.length === 0) return
    const rows = await consentsOf(
      client,
      heads.map((head) => head.person_id),
    )
    await client.query(
      `update consent_current c set seal = n.seal from unnest($1::uuid[], $2::uuid[], $3::bytea[]) n(person_id, consent_id, seal)
       where c.person_id = n.person_id and c.consent_id = n.consent_id`,
      [
        rows.map(({ personId }) => personId),
        rows.map(({ consentId }) => consentId),
        rows.map((row) => sealOf(seals, row)),
      ],
    )
    const living = Map.groupBy(
      rows.filter(({ state }) => state === 'active' || state === 'suspended'),
      ({ personId }) => personId,
    )
    const sealed = heads.map((head) => sealedHead(seals, endOf(head), liveIn(living, head)))
    await client.query(
      `update person_head h set live = n.live, seal = n.seal from unnest($1::uuid[], $2::bytea[], $3::bytea[]) n(person_id, live, seal)
       where h.person_id = n.person_id`,
      [
        heads.map((head) => head.person_id),
        sealed.map((head) => head?.live),
        sealed.map((head) => head?.seal),
      ],
    )
    await queueEnds(client, seals, heads)
  }
}

// The end of each chain waits for the log, whose feed of heads then has it: a decision believes no older end that the feed has not.
async function queueEnds(
  client: Client,
  seals: Vault['seals'],
  heads: readonly SealingHead[],
): Promise<void> {
  const entries = heads.map(({ person_id: chainId, next_seq: nextSeq, head_commitment }) => {
    const entry = { eventId: randomUUID(), commitment: head_commitment }
    const whose = { chainId, nextSeq, isDelayed: false, standing: 'open' } as const
    return { ...entry, record: sealRecord(seals, entry, whose) }
  })
  await client.query(
    `insert into ledger_pending (event_id, shard, commitment, record)
     select event_id, 0, commitment, record from unnest($1::uuid[], $2::bytea[], $3::bytea[]) e(event_id, commitment, record)`,
    [
      entries.map(({ eventId }) => eventId),
      entries.map(({ commitment }) => commitment),
      entries.map(({ record }) => record),
    ],
  )
}

/** Seals the standings of everybody whose account has no seal. */
export async function sealStandings(
  client: Client,
  { seals }: Pick<Vault, 'seals'>,
): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ row: Readonly<Record<string, unknown>> }>(
      'select to_jsonb(s) as row from standings s where seal is null limit $1',
      [peopleAtOnce],
    )
    if (rows.length === 0) return
    const standings = rows.map(({ row }) => standingFromJson(seals, row))
    await client.query(
      'update accounts a set seal = n.seal from unnest($1::uuid[], $2::bytea[]) n(person_id, seal) where a.person_id = n.person_id',
      [
        standings.map(({ personId }) => personId),
        standings.map((standing) => sealOfStanding(seals, standing)),
      ],
    )
  }
}

function endOf(head: SealingHead) {
  return {
    chainId: head.person_id,
    nextSeq: head.next_seq,
    headCommitment: head.head_commitment,
    updatedAt: head.updated_at,
  }
}

function liveIn(living: ReadonlyMap<string, readonly ConsentRow[]>, head: SealingHead) {
  const rows = living.get(head.person_id) ?? []
  return rows.reduce<Live>(
    (live, { consentId, stateSeq }) => setLive(live, consentId, stateSeq),
    emptyLiveSet,
  )
}

const names = Object.keys(stateColumns) as (keyof typeof stateColumns)[] // its own keys

async function consentsOf(client: Client, people: readonly string[]): Promise<ConsentRow[]> {
  const { rows } = await client.query<Readonly<Record<string, unknown>>>(
    `select ${columnsOf(stateColumns, 'c')} from consent_current c where person_id = any($1)`,
    [people],
  )
  return rows.map((row) => {
    // The columns of the list, in its order.
    const read = Object.fromEntries(
      Object.values(row).map((value, i) => [names[i], value]),
    ) as Omit<ConsentRow, 'categories'> & { readonly categories: string }
    return { ...read, categories: BigInt(read.categories) }
  })
}
