import type { Context } from 'koa'
import type { z } from 'zod'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import { openPage } from '../../base/web/cursor.ts'
import { readQuery } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { idAtTime, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import { bodyId, bodyNo } from '../../registry/index.ts'
import type { DeclarationContext } from './declaration.ts'
import { declaredOfParty } from './declaration-store.ts'
import { receptionsOfPermits } from './reception-store.ts'
import type { DeclaredRow, DisclosureRow, ReceivedRow } from './rows.ts'
import type { declarationShape, permitListed } from './shapes.ts'
import { permitsQuery, spanQuery } from './list-shapes.ts'
import type { PermitOfBody } from './store.ts'
import { disclosuresOf, permitsOfParty } from './store.ts'

// What a body keeps of its own sharings (LAI 67.3): its permits with its reports, and declarations, from one instant to another. Their ids
// are in the order of time, so that a page goes on after the last id of the one before.

export const disclosuresApi: OwnApi = { path: '/disclosures', scope: 'report' }

type Asked = {
  readonly ctx: Context
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: DeclarationContext
}
type Span = { readonly after: string; readonly until: string }
type Reading = Pick<DeclarationContext, 'db' | 'pairwise'> & {
  readonly orgId: string
  /** The number of the body that asks. */
  readonly party: number
  readonly register: Register
}

/** One page of a list whose items have ids in the order of time. */
async function listSpan<Row, Query extends z.output<typeof spanQuery>>(
  { ctx, foundation, callers, context }: Asked,
  list: { readonly name: string; readonly query: z.ZodType<Query> },
  read: (reading: Reading, span: Span & Query, limit: number) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
  answer: (reading: Reading, rows: readonly Row[]) => Promise<object[]>,
): Promise<void> {
  const { orgId } = await callers.require(ctx, disclosuresApi)
  const asked = readQuery(ctx, list.query)
  const { cursor: _cursor, limit: _limit, ...of } = asked
  const page = openPage<string>(
    foundation.keys,
    [list.name, orgId, JSON.stringify(of)].join(':'),
    asked,
  )
  // Before the first id of an instant there is none of it.
  const after = page.after ?? idAtTime(new Date(asked.from))
  const { db, live, pairwise } = context
  const register = await live.at(await registerEpoch(db))
  const party = bodyNo(register, orgId)
  const reading = { db, pairwise, orgId, party, register }
  const rows = await read(
    reading,
    { ...asked, after, until: idAtTime(new Date(asked.to)) },
    page.rows,
  )
  const { shown, next } = page.cut(rows, idOf)
  ctx.set('Cache-Control', 'no-store')
  ctx.body = { items: await answer(reading, shown), next }
}

export function listPermits(
  ctx: Context,
  foundation: Foundation,
  callers: Callers,
  context: DeclarationContext,
): Promise<void> {
  return listSpan(
    { ctx, foundation, callers, context },
    { name: 'permits', query: permitsQuery },
    ({ db, party }, asked, limit) => permitsOfParty(db, party, asked, limit),
    ({ decisionId }) => decisionId,
    permitsAnswer,
  )
}

export function listDeclarations(
  ctx: Context,
  foundation: Foundation,
  callers: Callers,
  context: DeclarationContext,
): Promise<void> {
  return listSpan(
    { ctx, foundation, callers, context },
    { name: 'declarations', query: spanQuery },
    ({ db, party }, span, limit) => declaredOfParty(db, party, span, limit),
    ({ declarationId }) => declarationId,
    (reading, rows) => Promise.resolve(rows.map((row) => declaredAnswer(reading, row))),
  )
}

async function permitsAnswer(
  reading: Reading,
  permits: readonly PermitOfBody[],
): Promise<AnswerOf<typeof permitListed>[]> {
  const idsOf = (role: 'holder' | 'recipient') =>
    permits.filter((row) => row[role] === reading.party).map(({ decisionId }) => decisionId)
  const reports = await disclosuresOf(reading.db, idsOf('holder'))
  const received = await receptionsOfPermits(reading.db, idsOf('recipient'))
  const reportOf = new Map(reports.map((row) => [row.decisionId, row]))
  const receivedOf = Map.groupBy(received, ({ decisionId }) => decisionId)
  return permits.map((permit) => {
    const own = {
      report: reportOf.get(permit.decisionId),
      received: receivedOf.get(permit.decisionId),
    }
    return permitAnswer(reading, permit, own)
  })
}

type OwnReports = {
  readonly report: DisclosureRow | undefined
  readonly received: readonly ReceivedRow[] | undefined
}

function permitAnswer(
  reading: Reading,
  permit: PermitOfBody,
  { report, received = [] }: OwnReports,
): AnswerOf<typeof permitListed> {
  const { register } = reading
  const dataset = datasetOf(reading, permit)
  const namesIn = (mask: bigint) => categoriesIn(dataset, mask)
  return {
    decision_id: writeId('dec', permit.decisionId),
    ...partiesAnswer(reading, { ...permit, categories: permit.permitted }),
    purpose: present(register.purposeByNo(permit.purpose), 'the purpose of a permit').ref,
    agreement: present(register.agreementByNo(permit.agreement), 'the agreement of a permit').ref,
    consent_id: permit.consentId && writeId('con', permit.consentId),
    decided_at: permit.evaluatedAt.toISOString(),
    valid_until: permit.validUntil.toISOString(),
    status: permit.status,
    query_id: permit.queryId,
    period: periodOf(permit),
    report: report === undefined ? null : reportAnswer(report, namesIn),
    received: received.map((row) => receivedAnswer(row, namesIn)),
  }
}

function periodOf({ periodFrom: from, periodTo: to }: PermitOfBody) {
  return from === null || to === null ? null : { from, to }
}

type NamesIn = (mask: bigint) => string[]

function reportAnswer(row: DisclosureRow, namesIn: NamesIn) {
  return {
    occurred_at: row.occurredAt.toISOString(),
    recorded_at: row.recordedAt.toISOString(),
    corrected_at: row.correctedAt?.toISOString() ?? null,
    categories: namesIn(row.categoriesActual),
    record_count: row.recordCount,
    result: row.result,
  }
}

function receivedAnswer(row: ReceivedRow, namesIn: NamesIn) {
  return {
    received_id: writeId('rcv', row.receivedId),
    occurred_at: row.occurredAt.toISOString(),
    recorded_at: row.recordedAt.toISOString(),
    categories: namesIn(row.categories),
    record_count: row.recordCount,
  }
}

function declaredAnswer(reading: Reading, row: DeclaredRow): AnswerOf<typeof declarationShape> {
  return {
    declaration_id: writeId('dcl', row.declarationId),
    ...partiesAnswer(reading, row),
    law: row.law,
    reference: row.recipient === reading.party ? row.reference : null,
    occurred_at: row.occurredAt.toISOString(),
    recorded_at: row.recordedAt.toISOString(),
    record_count: row.recordCount,
  }
}

type Between = Pick<
  DeclaredRow,
  'personId' | 'holder' | 'recipient' | 'dataset' | 'categories' | 'legalBasisId'
>

function partiesAnswer(reading: Reading, row: Between) {
  const { pairwise, orgId, party, register } = reading
  const dataset = datasetOf(reading, row)
  return {
    role: row.holder === party ? ('holder' as const) : ('recipient' as const),
    // Each body has its own identifier of a person.
    sub: pairwise.subject(row.personId, orgId),
    holder: bodyId(register, row.holder),
    recipient: bodyId(register, row.recipient),
    dataset: dataset.ref,
    categories: categoriesIn(dataset, row.categories),
    legal_basis: row.legalBasisId,
  }
}

function datasetOf({ register }: Reading, { dataset }: Pick<DeclaredRow, 'dataset'>): Dataset {
  return present(register.datasetByNo(dataset), 'the dataset of a sharing')
}
