import type { Context } from 'koa'
import type { z } from 'zod'
import type { Callers } from '../../base/web/caller.ts'
import { epochSeconds } from '../../base/values/clock.ts'
import { openPage } from '../../base/web/cursor.ts'
import { readJson, readQuery, readWellFormed } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Claims } from '../../base/keys/jws.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { Problem } from '../../base/values/refusal.ts'
import { present } from '../../base/values/present.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { ledgerMember } from '../../ledger/chain/index.ts'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import type { Declaration, DeclarationContext } from './declaration.ts'
import { declare } from './declaration.ts'
import type { Excuse } from './excuse.ts'
import { excuse } from './excuse.ts'
import { disclosuresApi, listDeclarations, listPermits } from './lists-api.ts'
import { receive, receivedCategories } from './reception.ts'
import type { ReceptionReport } from './reception.ts'
import type { ReceptionNames } from './reception-subject.ts'
import { report } from './report.ts'
import type { ListedAnomaly } from './rows.ts'
import type { DisclosureContext, Report } from './report-rules.ts'
import { sentCategories } from './report-rules.ts'
import type {
  anomalyShape,
  declaredAnswer,
  receivedAnswer,
  reportAnswer,
  reportedList,
} from './shapes.ts'
import { judgeEach } from './report-list.ts'
import type { declaredBody, receivedBody, reportBody } from './said-shapes.ts'
import { anyJson, body, reportList } from './said-shapes.ts'
import type { excuseAnswer } from './excuse-shapes.ts'
import { listQuery } from './list-shapes.ts'
import { operations } from './shapes.ts'
import type { AnomalyPlace } from './anomaly-store.ts'
import { openAnomalies } from './anomaly-store.ts'
import { bodyId, bodyNo } from '../../registry/index.ts'

/** Takes the reports of both bodies about a permit, and lists the anomalies between them. These routes read no cookie. */
export function reportRoutes(
  foundation: Foundation,
  callers: Callers,
  context: DeclarationContext,
): ServedRoutes {
  return routes('programs')
    .on(operations.report, (ctx) => takeReport(ctx, foundation, callers, context))
    .on(operations.listPermits, (ctx) => listPermits(ctx, foundation, callers, context))
    .on(operations.listDeclarations, (ctx) => listDeclarations(ctx, foundation, callers, context))
    .on(operations.listAnomalies, (ctx) => listAnomalies(ctx, foundation, callers, context))
    .served('decision')
}

async function takeReport(
  ctx: Context,
  foundation: Foundation,
  callers: Callers,
  context: DeclarationContext,
): Promise<void> {
  const caller = await callers.require(ctx, disclosuresApi)
  const given = await readJson(ctx, anyJson)
  const key = ctx.get('Idempotency-Key')
  const judge = (one: unknown) => judged(foundation, context, caller, { one, key })
  if (isList(given)) {
    const { reports } = readWellFormed(reportList, given, 'body')
    if (key !== '') throw new Problem('report.key', 422, 'a list takes no Idempotency-Key')
    const results = await judgeEach(reports, judge, foundation.log)
    ctx.body = { results } satisfies AnswerOf<typeof reportedList>
    return
  }
  const { isNew, answer } = await judge(given)
  ctx.status = isNew ? 201 : 200
  ctx.body = answer
}

function isList(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'reports' in given
}

async function judged(
  foundation: Foundation,
  context: DeclarationContext,
  caller: Caller,
  { one, key }: { readonly one: unknown; readonly key: string },
) {
  const said = readWellFormed(body, one, 'body')
  switch (said.status) {
    case 'received':
      return received(foundation, context, caller, asReceived(said, key))
    case 'declared':
      return declared(foundation, context, caller, asDeclaration(said, key))
    case 'none':
      return excused(foundation, context, caller, { ...said, key })
    case 'recorded':
    case 'nil':
    case 'corrected':
      return reported(foundation, context, caller, asReport(said, key))
  }
}

type Answered<Shape extends z.ZodType> = {
  readonly isNew: boolean
  readonly answer: AnswerOf<Shape>
}
type Caller = Awaited<ReturnType<Callers['require']>>

async function reported(
  foundation: Foundation,
  context: DisclosureContext,
  caller: Caller,
  said: Report,
): Promise<Answered<typeof reportAnswer>> {
  const made = await report(context, foundation.keys, caller, said)
  const { disclosure, dataset, commitment } = made
  const answer: Omit<AnswerOf<typeof reportAnswer>, 'ack'> = {
    disclosure_id: writeId('dis', disclosure.disclosureId),
    decision_id: writeId('dec', disclosure.decisionId),
    status: disclosure.corrections > 0 ? 'corrected' : disclosure.status,
    recorded_at: (disclosure.correctedAt ?? disclosure.recordedAt).toISOString(),
    ledger: ledgerMember(
      foundation.config.issuer,
      commitment,
      disclosure.correctedAt ?? disclosure.recordedAt,
    ),
  }
  const ack = await acknowledgement(foundation, {
    aud: dataset.holder,
    jti: answer.disclosure_id,
    iat: epochSeconds(new Date(answer.recorded_at)),
    decision_id: answer.decision_id,
    status: answer.status,
    categories: sentCategories(made),
    occurred_at: disclosure.occurredAt.toISOString(),
    ...answer.ledger,
  })
  return { isNew: made.isNew, answer: { ...answer, ack } }
}

async function received(
  foundation: Foundation,
  context: DisclosureContext,
  caller: Caller,
  said: ReceptionReport,
): Promise<Answered<typeof receivedAnswer>> {
  const made = await receive(context, caller, said)
  const { received: row, commitment, anomalies, isReported } = made
  const answer: Omit<AnswerOf<typeof receivedAnswer>, 'ack'> = {
    received_id: writeId('rcv', row.receivedId),
    decision_id: row.decisionId === null ? null : writeId('dec', row.decisionId),
    status: 'received',
    recorded_at: row.recordedAt.toISOString(),
    // Until the holder has reported there is nothing to compare with.
    reconciliation: anomalies.length > 0 ? 'anomaly' : isReported ? 'matched' : 'waiting',
    anomalies,
    ledger: ledgerMember(foundation.config.issuer, commitment, row.recordedAt),
  }
  const ack = await acknowledgement(foundation, {
    aud: caller.orgId,
    jti: answer.received_id,
    iat: epochSeconds(row.recordedAt),
    decision_id: answer.decision_id,
    status: 'received',
    categories: receivedCategories(made),
    occurred_at: row.occurredAt.toISOString(),
    ...answer.ledger,
  })
  return { isNew: made.isNew, answer: { ...answer, ack } }
}

async function declared(
  foundation: Foundation,
  context: DeclarationContext,
  caller: Caller,
  said: Declaration,
): Promise<Answered<typeof declaredAnswer>> {
  const made = await declare(context, caller, said)
  const { declared: row, commitment, dataset } = made
  const answer: Omit<AnswerOf<typeof declaredAnswer>, 'ack'> = {
    declaration_id: writeId('dcl', row.declarationId),
    status: 'declared',
    recorded_at: row.recordedAt.toISOString(),
    anomalies: ['declared'],
    ledger: ledgerMember(foundation.config.issuer, commitment, row.recordedAt),
  }
  const ack = await acknowledgement(foundation, {
    aud: caller.orgId,
    jti: answer.declaration_id,
    iat: epochSeconds(row.recordedAt),
    status: 'declared',
    categories: categoriesIn(dataset, row.categories),
    occurred_at: row.occurredAt.toISOString(),
    ...answer.ledger,
  })
  return { isNew: made.isNew, answer: { ...answer, ack } }
}

async function excused(
  foundation: Foundation,
  context: DeclarationContext,
  caller: Caller,
  said: Excuse,
): Promise<Answered<typeof excuseAnswer>> {
  const { isNew, saidAt, day } = await excuse(context, foundation, caller, said)
  const { inquiry, why } = said
  const recorded_at = saidAt.toISOString()
  return { isNew, answer: { status: 'none', inquiry, why, day, recorded_at } }
}

/** The signed acknowledgement of a report, for the body to keep. */
function acknowledgement(by: Foundation, claims: Claims): Promise<string> {
  return signStatement(by, 'disclosure-ack+jwt', { iss: by.config.issuer, ...claims })
}

function asReport(said: z.infer<typeof reportBody>, key: string): Report {
  return {
    key,
    decision: decisionSaid(said),
    status: said.status,
    occurredAt: new Date(said.occurred_at),
    categories: said.categories,
    recordCount: said.record_count,
    result: said.result,
    delivery: said.delivery,
    queryId: said.query_id,
    queryGroupId: said.query_group_id,
    initiator: said.initiator,
    manifest: said.manifest,
    reason: said.reason,
  }
}

function decisionSaid({ decision_token: token, decision_id: id }: z.infer<typeof reportBody>) {
  // The shape demands one of them.
  return token === undefined ? { id: present(id, 'decision_id') } : { token }
}

function asReceived(said: z.infer<typeof receivedBody>, key: string): ReceptionReport {
  return {
    key,
    ...namesOf(said),
    occurredAt: new Date(said.occurred_at),
    categories: said.categories,
    recordCount: said.record_count,
    manifest: said.manifest,
  }
}

function namesOf(said: z.infer<typeof receivedBody>): ReceptionNames {
  const { decision_id: decisionId, consent_id: consentId, query_id: queryId } = said
  if (decisionId !== undefined) return { decisionId, consentId, queryId }
  // The shape demands both then.
  return {
    decisionId,
    consentId: present(consentId, 'consent_id'),
    queryId: present(queryId, 'query_id'),
  }
}

function asDeclaration(said: z.infer<typeof declaredBody>, key: string): Declaration {
  return {
    key,
    sub: said.sub,
    dataset: said.dataset,
    categories: said.categories,
    legalBasisId: said.legal_basis,
    law: said.law,
    lawCase: said.case,
    reference: said.reference,
    occurredAt: new Date(said.occurred_at),
    recordCount: said.record_count,
  }
}

async function listAnomalies(
  ctx: Context,
  { db, keys }: Foundation,
  callers: Callers,
  { live }: DisclosureContext,
): Promise<void> {
  const { orgId } = await callers.require(ctx, disclosuresApi)
  const page = openPage<AnomalyPlace>(keys, `anomalies:${orgId}`, readQuery(ctx, listQuery))
  const register = await live.at(await registerEpoch(db))
  const party = bodyNo(register, orgId)
  const rows = await openAnomalies(db, party, page.after, page.rows)
  const { shown, next } = page.cut(rows, placeOf)
  ctx.set('Cache-Control', 'no-store')
  ctx.body = {
    items: shown.map((row) => ({
      ...anomalyAnswer(row),
      role: row.holder === party ? 'holder' : 'recipient',
      holder: bodyId(register, row.holder),
      recipient: bodyId(register, row.recipient),
    })),
    next,
  }
}

function anomalyAnswer({
  about,
  kind,
  decisionId,
  consentId,
  notedAt,
  day,
  times,
}: ListedAnomaly): AnswerOf<typeof anomalyShape> {
  const isDeclared = kind === 'declared'
  const isInquiry = kind === 'introspected_only'
  return {
    anomaly: kind,
    decision_id: decisionId === null ? null : writeId('dec', decisionId),
    received_id: decisionId === null && !isDeclared && !isInquiry ? writeId('rcv', about) : null,
    declaration_id: isDeclared ? writeId('dcl', about) : null,
    inquiry_id: isInquiry ? writeId('inq', about) : null,
    consent_id: consentId === null ? null : writeId('con', consentId),
    noted_at: notedAt.toISOString(),
    day,
    times,
  }
}

function placeOf({ at, about, kind }: ListedAnomaly & { readonly at: string }): AnomalyPlace {
  return { at, about, kind }
}
