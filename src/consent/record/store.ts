import type { Database, Transaction } from '../../base/platform/database.ts'
import type { RawConsent, Used } from './columns.ts'
import { columnsOf, lifeColumns, recordedOf, unused, usedOf } from './columns.ts'
import type {
  Connection,
  ConsentLife,
  OwnConsent,
  ConsentListed,
  ConsentRecord,
  State,
  SuspendedBy,
} from './rows.ts'

const maxListed = 200
// Twice as many as may live: consents whose end is not written yet are read too.
const maxOfPerson = 1000
const firstUuid = '00000000-0000-0000-0000-000000000000'

export async function connectionsOf(db: Database, personId: string): Promise<Connection[]> {
  return db('liveConnections')
    .select('connectionId', 'serviceId', 'firstUsedAt', 'lastUsedAt')
    .where({ personId })
    .orderBy('lastUsedAt', 'desc')
    .limit(maxListed)
}

const lifeList = `${columnsOf(lifeColumns, 'consent_current')},
  (select categories_declined from consent_record r where r.consent_id = consent_current.consent_id) as declined,
  (select created_at from consent_record r where r.consent_id = consent_current.consent_id) as granted_at`

/** Consents that may still be used now, with the epoch of the register that judges them. One autocommit statement. */
export async function activeConsents(
  db: Database,
  personId: string,
): Promise<{ consents: ConsentLife[]; at: Date; epoch: number }> {
  const { rows } = await db.raw<{ rows: (RawConsent<ConsentLife> & Standing)[] }>(
    `select s.*, e.epoch::integer as epoch, now() + clock_offset() as at
     from register_epoch e left join lateral (
       select ${lifeList} from consent_current
       where person_id = ? and state in ('active', 'suspended') limit ?
     ) s on true`,
    [personId, maxOfPerson],
  )
  const [first] = rows
  if (first === undefined) throw new Error('the register has no epoch')
  const consents = rows
    .filter((row) => row.consentId !== null)
    .map((row) => asState<ConsentLife>(row))
  return { consents, at: first.at, epoch: first.epoch }
}

type Standing = { readonly at: Date; readonly epoch: number }

/** The same in the caller's transaction, after the person's lock. */
export async function lockedConsents(tx: Transaction, personId: string): Promise<ConsentLife[]> {
  const { rows } = await tx.raw<{ rows: RawConsent<ConsentLife>[] }>(
    `select ${lifeList} from consent_current where person_id = ? and state in ('active', 'suspended') limit ?`,
    [personId, maxOfPerson],
  )
  return rows.map((row) => asState(row))
}

export async function registerEpoch(db: Database | Transaction): Promise<number> {
  const row: { epoch: string } | undefined = await db('registerEpoch').select('epoch').first()
  if (row === undefined) throw new Error('the register has no epoch')
  return Number(row.epoch)
}

/**
 * The same for a deed that writes what a person is shown or answers: no register is applied until the deed is over, so that the
 * versions that she saw are those in force at the deed's time (`src/registry/store.ts#stampApply`).
 */
export async function heldRegisterEpoch(tx: Transaction): Promise<number> {
  const { rows } = await tx.raw<{ rows: { epoch: string }[] }>(
    'select epoch from register_epoch for share',
  )
  const [row] = rows
  if (row === undefined) throw new Error('the register has no epoch')
  return Number(row.epoch)
}

/** A person's consents, newest first. Those that may live come before all others: within any limit she must be able to stop them. */
export async function consentsOf(
  db: Database | Transaction,
  personId: string,
): Promise<OwnConsent[]> {
  const { rows } = await db.raw<{ rows: RawConsent<OwnConsent>[] }>(
    `select ${lifeList},
       exists (select from changes_asked a where a.consent_id = consent_current.consent_id) as is_change
     from consent_current where person_id = ?
     order by state in ('active', 'suspended') desc, consent_id desc limit ?`,
    [personId, maxOfPerson],
  )
  return rows.map((row) => asState(row))
}

function asState<T extends ConsentListed>(row: RawConsent<T>): T
function asState(row: RawConsent<ConsentListed>): ConsentListed {
  return { ...row, categories: BigInt(row.categories), declined: BigInt(row.declined) }
}

/** The columns of a record that `consent_current` lacks: a narrower record takes them over. */
export async function recordTermsOf(tx: Transaction, consentId: string): Promise<RecordTerms> {
  const said: RecordTerms | undefined = await tx('consentRecord')
    .select('legalBasisId', 'express', 'oneTime', 'tz', 'textPairSha256')
    .where({ consentId })
    .first()
  if (said === undefined) throw new Error('a consent without its record')
  return said
}
type RecordTerms = Pick<
  ConsentRecord,
  'legalBasisId' | 'express' | 'oneTime' | 'tz' | 'textPairSha256'
>

/** Inserts the record and the row of its state. */
export async function insertConsent(
  tx: Transaction,
  record: ConsentRecord,
  state: 'active' | 'refused',
  used: Used = unused,
): Promise<void> {
  await tx('consentRecord').insert({
    ...record,
    categoriesGranted: String(record.categoriesGranted),
    categoriesDeclined: String(record.categoriesDeclined),
    amr: [...record.amr],
  })
  await tx('consentCurrent').insert({
    ...recordedOf(record),
    ...usedOf(used),
    categories: String(record.categoriesGranted),
    state,
    stateSeq: 1,
    stateAt: record.createdAt,
  })
}

/** @returns the version of an arrangement's newest record */
export async function newestVersion(tx: Transaction, arrangementId: string): Promise<number> {
  const row: { max?: number } | undefined = await tx('consentRecord')
    .max({ max: 'versionInArrangement' })
    .where({ arrangementId })
    .first()
  return row?.max ?? 0
}

/** Ends a live consent. @returns its arrangement, or undefined when it was not live */
export async function endConsent(
  tx: Transaction,
  key: Key,
  state: 'revoked' | 'superseded',
  now: Date,
): Promise<string | undefined> {
  const ended = await tx('consentCurrent')
    .where(key)
    .whereIn('state', ['active', 'suspended'])
    .where('validUntil', '>', now)
    .update({ state, stateAt: now, stateSeq: tx.raw('state_seq + 1'), suspendedReasons: [] })
    .returning('arrangementId')
  return ended[0]?.arrangementId
}

type Key = { readonly personId: string; readonly consentId: string }

/** Moves a consent between active and suspended, under the person's lock. */
export async function suspendFor(
  tx: Transaction,
  { personId, consentId }: Key,
  change: { readonly state: State; readonly reasons: readonly SuspendedBy[]; readonly now: Date },
): Promise<void> {
  const { state, reasons, now } = change
  await tx('consentCurrent')
    .where({ personId, consentId })
    .update({ state, stateAt: now, stateSeq: tx.raw('state_seq + 1'), suspendedReasons: reasons })
}

export async function noteConfirmed(
  tx: Transaction,
  { personId, consentId }: Key,
  now: Date,
): Promise<void> {
  await tx('consentCurrent').where({ personId, consentId }).update({ confirmedAt: now })
}

/**
 * Gives one use back after the holder sent nothing. The window's count goes down only while the use's window is the current one. Where
 * the consent was narrowed since, its successor gets the use back too, since it took over the uses (docs/design/domain.md#i17).
 * @returns false where the limit lets no more uses come back
 */
export async function takeUseBack(
  tx: Transaction,
  { personId, consentId }: Key,
  windowStartedAt: Date | undefined,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { returned: boolean }[] }>(
    'select return_use(?, ?, ?) as returned',
    [personId, consentId, windowStartedAt ?? null],
  )
  return rows[0]?.returned === true
}

/** The person and the bodies of a consent; undefined where there is none. */
export async function consentParties(
  db: Database | Transaction,
  consentId: string,
): Promise<Pick<ConsentRecord, 'personId' | 'holder' | 'recipient' | 'dataset'> | undefined> {
  return db('consentRecord')
    .select('personId', 'holder', 'recipient', 'dataset')
    .where({ consentId })
    .first<Pick<ConsentRecord, 'personId' | 'holder' | 'recipient' | 'dataset'> | undefined>()
}

export async function consentState(
  db: Database | Transaction,
  personId: string,
  consentId: string,
): Promise<ConsentLife | undefined> {
  const { rows } = await db.raw<{ rows: RawConsent<ConsentLife>[] }>(
    `select ${lifeList} from consent_current where person_id = ? and consent_id = ?`,
    [personId, consentId],
  )
  const [row] = rows
  return row && asState(row)
}

// A consent is used up when its uses reach the limit and none can come back: no permit of its arrangement, earlier records included, is
// unreported. A suspended consent waits for its resumption or its term.
const isUsedUp = /* sql */ `(c.state = 'active' and c.max_uses is not null and c.uses >= c.max_uses and not exists (
  select 1 from permits_unreported p join consent_record r on r.consent_id = p.consent_id
  where p.person_id = c.person_id and r.arrangement_id = c.arrangement_id))`

export type EndedConsent = Key & {
  readonly arrangementId: string
  readonly because: 'term' | 'uses'
  readonly endedAt: Date
}

/** People with a consent whose end is not written yet, in the order of their ids, after this one. */
export async function peopleWithEnded(
  db: Database,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    `select person_id from (
       select person_id from consent_current
       where state in ('active', 'suspended') and valid_until <= now() + clock_offset()
       union select person_id from consent_current c where ${isUsedUp}
     ) due where person_id > ?::uuid order by person_id limit ?`,
    [after ?? firstUuid, limit],
  )
  return rows.map(({ personId }) => personId)
}

/** A person's consents that are over by `now`, in the order of their ends; read after her lock. */
export async function endedOf(
  tx: Transaction,
  personId: string,
  now: Date,
): Promise<EndedConsent[]> {
  const isOver = 'c.valid_until <= :now'
  const { rows } = await tx.raw<{ rows: EndedConsent[] }>(
    `select c.person_id, c.consent_id, c.arrangement_id, case when ${isOver} then 'term' else 'uses' end as because,
       case when ${isOver} then c.valid_until else c.last_use_at end as ended_at
     from consent_current c
     where c.person_id = :personId and c.state in ('active', 'suspended') and (${isOver} or ${isUsedUp})
     order by ended_at, c.consent_id limit :limit`,
    { personId, now, limit: maxOfPerson },
  )
  return rows
}

export async function expireConsent(
  tx: Transaction,
  { personId, consentId, endedAt: stateAt }: EndedConsent,
): Promise<void> {
  await tx('consentCurrent')
    .where({ personId, consentId })
    .update({ state: 'expired', stateAt, stateSeq: tx.raw('state_seq + 1'), suspendedReasons: [] })
}

/** Forgets the services that she used. */
export async function forgetConnections(tx: Transaction, personId: string): Promise<void> {
  await tx('connections').where({ personId }).delete()
}
