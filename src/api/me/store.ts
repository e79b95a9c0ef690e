import type { RawConsent } from '../../consent/record/index.ts'
import {
  columnsOf,
  headOfPerson,
  isWhole,
  withVerdict,
  listedColumns,
  termColumns,
  trustBy,
} from '../../consent/record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type {
  PageStart,
  ConnectionHeld,
  ConsentHeld,
  ConsentPage,
  DecisionHeld,
  PresentationHeld,
  RequestHeld,
} from './rows.ts'

// SQL of this room: its own table of answers, and the views by which other rooms show their data about a person.

type Raw<T> = {
  [K in keyof T]: T[K] extends bigint ? string : T[K] extends bigint | null ? string | null : T[K]
}

// Days are read as text: the driver would turn a PostgreSQL date into an instant of the machine's time zone.
const consentColumns = `${columnsOf(listedColumns, 'consent_history')}, version_in_arrangement, supersedes_consent_id, request_id,
  text, legal_basis_id, express, one_time, valid_until_local::text, presentation_id, lang, channel, acr, amr,
  created_at`

type Judged = {
  readonly at: Date
  readonly epoch: number
  readonly consentId: string | null
  readonly head: Readonly<Record<string, unknown>> | null
}

/** The choice of a person's consents: those drawn, those named, or a page of all, newest first. */
export type ChosenConsents =
  /** At most this many: consents that may live first, then those that ended, then refusals and replaced records. */
  | { readonly drawn: number }
  | { readonly ids: readonly string[] }
  | { readonly before: string | undefined; readonly limit: number }

const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Consents of a person, with the instant and the epoch of the reading: one statement. */
export async function consentPage(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  chosen: ChosenConsents,
): Promise<ConsentPage> {
  const { which, values, order = '', limit } = wherein(chosen)
  const { rows } = await db.raw<{ rows: (RawConsent<ConsentHeld> & Judged)[] }>(
    `select s.*, e.epoch::integer as epoch, now() + clock_offset() as at,
       case when coalesce(s.n, 1) = 1 then ${headOfPerson} end as head
     from register_epoch e left join lateral (
       select ${consentColumns}, row_number() over (order by ${order} consent_id desc) as n
       from consent_history where person_id = ? and ${which} order by n limit ?
     ) s on true order by s.n`,
    [personId, personId, ...values, limit],
  )
  const first = present(rows[0], 'the epoch of the register')
  const trust = trustBy(seals, personId, first)
  const consents = rows
    .filter(({ consentId }) => consentId !== null)
    .map(({ categories, declined, ...row }) =>
      withVerdict(trust, { ...row, categories: BigInt(categories), declined: BigInt(declined) }),
    )
  // A part of her consents shows nothing about the consents that it leaves out.
  const isPart = !('drawn' in chosen) || consents.length === limit
  const isTrue = isPart || isWhole(trust, consents)
  return { consents, isWhole: isTrue, at: first.at, epoch: first.epoch }
}

type Wherein = {
  readonly which: string
  readonly values: readonly (string | string[])[]
  readonly order?: string
  readonly limit: number
}

function wherein(chosen: ChosenConsents): Wherein {
  if ('ids' in chosen)
    return {
      which: 'consent_id = any(?::uuid[])',
      values: [[...chosen.ids]],
      limit: chosen.ids.length,
    }
  if ('drawn' in chosen) {
    const order = "state in ('active', 'suspended') desc, state in ('refused', 'superseded'),"
    return { which: 'true', values: [], order, limit: chosen.drawn }
  }
  const { before = lastUuid, limit } = chosen
  return { which: 'consent_id < ?::uuid', values: [before], limit }
}

const maxLive = 500

/** Consents that may be stopped at this moment; read in the caller's transaction, after the person's lock. */
export async function liveIds(tx: Transaction, personId: string, now: Date): Promise<string[]> {
  const rows: { consentId: string }[] = await tx('consentStates')
    .select('consentId')
    .where({ personId })
    .whereIn('state', ['active', 'suspended'])
    .where('validUntil', '>', now)
    .orderBy('consentId')
    .limit(maxLive)
  return rows.map(({ consentId }) => consentId)
}

const useReturned = /* sql */ `(select u.use_returned from uses_returned u
  where u.decision_id = decision_history.decision_id) as use_returned`

/** Newest first. */
export async function decisionPage(
  db: Database,
  personId: string,
  before: PageStart | undefined,
  limit: number,
): Promise<DecisionHeld[]> {
  const { place, id } = before ?? { place: 'infinity', id: lastUuid }
  const rows: Raw<DecisionHeld>[] = await db('decisionHistory')
    .select('*', db.raw('evaluated_at::text as place'), db.raw(useReturned))
    .where({ personId })
    .whereRaw('(evaluated_at, decision_id) < (?::timestamptz, ?::uuid)', [place, id])
    .orderBy([
      { column: 'evaluatedAt', order: 'desc' },
      { column: 'decisionId', order: 'desc' },
    ])
    .limit(limit)
  return rows.map((row) => ({
    ...row,
    asked: BigInt(row.asked),
    permitted: BigInt(row.permitted),
    categoriesActual: row.categoriesActual === null ? null : BigInt(row.categoriesActual),
  }))
}

/** Newest first; `before` is the last one of the page before. */
export async function requestPage(
  db: Database,
  personId: string,
  before: RequestHeld | undefined,
  limit: number,
): Promise<RequestHeld[]> {
  const { rows } = await db.raw<{ rows: Raw<RequestHeld>[] }>(
    `select request_id, item_no, client_id, recipient, created_at, expires_at, consent_id, agreement, purpose, dataset, text,
       categories_required, categories_optional, valid_until, valid_until_local::text, ${columnsOf(termColumns, 'request_history')}, state, amends
     from request_history where person_id = ? and (request_id, item_no) < (?::uuid, ?::integer)
     order by request_id desc, item_no desc limit ?`,
    [personId, before?.requestId ?? lastUuid, before?.itemNo ?? 0, limit],
  )
  return rows.map((row) => ({
    ...row,
    categoriesRequired: BigInt(row.categoriesRequired),
    categoriesOptional: BigInt(row.categoriesOptional),
  }))
}

export async function presentationPage(
  db: Database,
  personId: string,
  before: PresentationHeld | undefined,
  limit: number,
): Promise<PresentationHeld[]> {
  return db('presentationHistory')
    .where({ personId })
    .where('presentationId', '<', before?.presentationId ?? lastUuid)
    .orderBy('presentationId', 'desc')
    .limit(limit)
}

export async function connectionPage(
  db: Database,
  personId: string,
  before: ConnectionHeld | undefined,
  limit: number,
): Promise<ConnectionHeld[]> {
  return db('connectionHistory')
    .where({ personId })
    .where('connectionId', '<', before?.connectionId ?? lastUuid)
    .orderBy('connectionId', 'desc')
    .limit(limit)
}

export type KeptAnswer = { readonly requestSha256: Buffer; readonly answer: object | null }

const keptHours = 24

/**
 * Takes an Idempotency-Key for this transaction, and waits for another transaction that holds the key.
 * @returns the request and the answer under the key in the last 24 hours, or undefined when the key is free
 */
export async function claimKey(
  tx: Transaction,
  keySha256: Buffer,
  requestSha256: Buffer,
  now: Date,
): Promise<KeptAnswer | undefined> {
  const { rowCount } = await tx.raw<{ rowCount: number }>(
    `insert into me_answer (key_sha256, request_sha256, at) values (?, ?, ?)
     on conflict (key_sha256) do update set request_sha256 = excluded.request_sha256, answer = null, at = excluded.at
     where me_answer.at < excluded.at - make_interval(hours => ?)`,
    [keySha256, requestSha256, now, keptHours],
  )
  if (rowCount === 1) return undefined
  return tx('meAnswer').select('requestSha256', 'answer').where({ keySha256 }).first<KeptAnswer>()
}

export async function keepAnswer(
  tx: Transaction,
  keySha256: Buffer,
  answer: object,
): Promise<void> {
  await tx('meAnswer')
    .where({ keySha256 })
    .update({ answer: JSON.stringify(answer) })
}

/** Deletes one batch of answers older than their day. @returns how many rows went */
export function sweepAnswers(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'me_answer', 'at', before)
}
