import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Callers, OwnApi } from '../foundation/caller.ts'
import { epochSeconds } from '../foundation/clock.ts'
import { readJson } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { writeId } from '../foundation/ids.ts'
import { signStatement } from '../foundation/jws.ts'
import { routes } from '../foundation/router.ts'
import type { Desk, Report, Reported } from './report.ts'
import { report, sentCategories } from './report.ts'

const disclosuresApi: OwnApi = { path: '/disclosures', scope: 'report' }

// Half a surrogate pair has no canonical form, and so no place in the ledger.
const isWhole = (value: string) => value.isWellFormed()
const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const both = z.object({ fr: text(255), en: text(255) })
const reportBody = z.object({
  decision_token: text(4096),
  status: z.enum(['recorded', 'nil']),
  occurred_at: z.iso.datetime({ offset: true }),
  categories: z.array(text(64)).max(50).default([]),
  record_count: z.int().min(0).max(1_000_000).optional(),
  result: z.enum(['found', 'not_found', 'partial']).optional(),
  delivery: z.enum(['pull', 'push']).default('pull'),
  bulk: z.literal(false, 'bulk reports are not offered yet').optional(),
  query_id: text(128).optional(),
  query_group_id: text(128).optional(),
  initiator: z.object({ type: z.enum(['system', 'person']), label: both }).optional(),
})

/** What holders report of their permits. Before any cookie is read. */
export function reportRoutes(foundation: Foundation, callers: Callers, desk: Desk): Middleware {
  return routes()
    .post('/disclosures', (ctx) => takeReport(ctx, foundation, callers, desk))
    .middleware()
}

async function takeReport(
  ctx: Context,
  { config: { issuer }, keys }: Foundation,
  callers: Callers,
  desk: Desk,
): Promise<void> {
  const caller = await callers.require(ctx, disclosuresApi)
  const body = await readJson(ctx, reportBody)
  const key = ctx.get('Idempotency-Key')
  const reported = await report(desk, keys, caller, { ...asReport(body), key })
  ctx.status = reported.isNew ? 201 : 200
  ctx.body = {
    disclosure_id: writeId('dis', reported.disclosure.disclosureId),
    decision_id: writeId('dec', reported.disclosure.decisionId),
    status: reported.disclosure.status,
    recorded_at: reported.disclosure.recordedAt.toISOString(),
    ledger: { commitment: reported.commitment.toString('base64') },
    ack: await acknowledgement(reported, issuer, keys),
  }
}

function asReport(body: z.infer<typeof reportBody>): Omit<Report, 'key'> {
  return {
    decisionToken: body.decision_token,
    status: body.status,
    occurredAt: new Date(body.occurred_at),
    categories: body.categories,
    recordCount: body.record_count,
    result: body.result,
    delivery: body.delivery,
    queryId: body.query_id,
    queryGroupId: body.query_group_id,
    initiator: body.initiator,
  }
}

/** Signed, for the holder to keep: what was reported, and that we have it. */
function acknowledgement(
  reported: Reported,
  issuer: string,
  keys: Foundation['keys'],
): Promise<string> {
  const { disclosure, dataset, commitment } = reported
  return signStatement(keys, 'disclosure-ack+jwt', {
    iss: issuer,
    aud: dataset.holder,
    jti: writeId('dis', disclosure.disclosureId),
    iat: epochSeconds(disclosure.recordedAt),
    decision_id: writeId('dec', disclosure.decisionId),
    status: disclosure.status,
    categories: sentCategories(reported),
    occurred_at: disclosure.occurredAt.toISOString(),
    commitment: commitment.toString('base64'),
  })
}
