import type { Database } from '../../src/base/database/database.ts'
import { transact } from '../../src/base/database/database.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import type { Json } from '../../src/provider/unit/unit-rows.ts'
import {
  sealOfArtifact,
  sealOfAuthorization,
  sealOfSession,
} from '../../src/provider/unit/seals.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { firstSealsOf } from '../../src/base/sealing/first-seals.ts'
import { accountTable } from '../../src/people/accounts/person-standing.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { changeStanding } from '../../src/people/accounts/index.ts'
import type { PersonStanding } from '../../src/people/accounts/index.ts'
import { sealsOf } from './seals.ts'

// Seals what a test wrote by SQL, as if the broker had written it.

type House = { readonly db: Database; readonly keysDir: string }

type Session = {
  readonly id: Buffer
  readonly uid: string
  readonly accountId: string | null
  readonly payload: Json
  readonly device: string
  readonly network: string | null
  readonly signedInAt: number | null
  readonly expiresAt: number
  readonly factorIds: readonly string[]
  readonly sessionEpoch: number | null
}

/** Changes sessions by SQL, in the place of time or of another broker, and seals all of them. @returns how many it changed */
export async function changeSessions(
  house: House,
  text: string,
  values: readonly (string | Buffer)[] = [],
): Promise<number> {
  const { rowCount } = await house.db.raw<{ rowCount: number }>(text, [...values])
  await resealSessions(house)
  return rowCount
}

/** Changes the standing of a person by the deed that pages and commands call. */
export async function setStanding(
  { db, keysDir }: House,
  personId: string,
  change: Partial<PersonStanding>,
): Promise<void> {
  const vault = makeVault(await openKeys(keysDir), signalMapping)
  const by = { actor: { type: 'broker' } } as const
  await transact(db, (tx) => changeStanding(tx, vault, personId, by, () => change))
}

/** Seals the standings that have no seal. */
export async function sealStandings({ db, keysDir }: House): Promise<void> {
  const seals = await sealsOf(keysDir)
  await transact(db, (tx) => firstSealsOf(accountTable).sealAll(tx, seals))
}

export async function resealSessions({ db, keysDir }: House): Promise<void> {
  const seals = await sealsOf(keysDir)
  const rows: Session[] = await db('oidcSessions').select(
    '*',
    seconds(db, 'signed_in_at'),
    seconds(db, 'expires_at'),
  )
  for (const row of rows)
    await db('oidcSessions')
      .where({ id: row.id })
      .update({ seal: sealOf(seals, row) })
  const entries: { sessionUid: string; clientId: string; content: Json }[] = await db(
    'oidcSessionAuthorizations',
  ).select('*')
  for (const { sessionUid: uid, clientId, content } of entries)
    await db('oidcSessionAuthorizations')
      .where({ sessionUid: uid, clientId })
      .update({ seal: sealOfAuthorization(seals, { uid, client_id: clientId, payload: content }) })
}

function sealOf(seals: RowSeals, row: Session): Buffer {
  return sealOfSession(seals, {
    id: row.id.toString('hex'),
    uid: row.uid,
    account_id: row.accountId,
    payload: row.payload,
    device: row.device,
    network: row.network,
    signed_in_at: row.signedInAt,
    expires_at: row.expiresAt,
    factor_ids: row.factorIds,
    session_epoch: row.sessionEpoch,
  })
}

type Artifact = {
  readonly id: Buffer
  readonly model: string
  readonly payload: Json
  readonly version: number
  readonly consumedAt: number | null
  readonly expiresAt: number
  readonly grantId: string | null
  readonly clientId: string | null
  readonly accountId: string | null
  readonly connectionId: string | null
  readonly sessionUid: string | null
  readonly parentId: Buffer | null
}

/** Seals all tokens, codes, pushed requests and visits as they stand. */
export async function resealArtifacts({ db, keysDir }: House): Promise<void> {
  const seals = await sealsOf(keysDir)
  const rows: Artifact[] = await db('oidcArtifacts').select(
    '*',
    seconds(db, 'consumed_at'),
    seconds(db, 'expires_at'),
  )
  for (const row of rows)
    await db('oidcArtifacts')
      .where({ id: row.id })
      .update({
        seal: sealOfArtifact(seals, {
          id: row.id.toString('hex'),
          model: row.model,
          payload: row.payload,
          version: row.version,
          consumed_at: row.consumedAt,
          expires_at: row.expiresAt,
          grant_id: row.grantId,
          client_id: row.clientId,
          account_id: row.accountId,
          connection_id: row.connectionId,
          uid: row.sessionUid,
          parent_id: row.parentId?.toString('hex') ?? null,
        }),
      })
}

// As the provider reads an instant: the column of the same name is left out by the later one.
function seconds(db: Database, column: string) {
  return db.raw(`extract(epoch from ${column})::float8 as ${column}`)
}
