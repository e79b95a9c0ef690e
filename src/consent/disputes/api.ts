import type { RecordPorts } from '../record/index.ts'
import type { At } from '../../base/web/router.ts'
import type { Context } from 'koa'
import type { z } from 'zod'
import type { Pairwise } from '../../people/accounts/index.ts'
import { registerEpoch } from '../record/index.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import { openPage } from '../../base/web/cursor.ts'
import { readJson, readQuery } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { writeId } from '../../base/values/ids.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { answerDispute, textsOf } from './dispute.ts'
import type { answeredDispute, question } from './shapes.ts'
import { answerBody, listQuery, operations } from './shapes.ts'
import type { DisputePlace } from './store.ts'
import { disputesWaitingFor } from './store.ts'
import { bodyNo } from '../../registry/index.ts'

const disclosuresApi: OwnApi = { path: '/disclosures', scope: 'report' }
type DisputesContext = RecordPorts & { readonly pairwise: Pairwise }

/** Lists people's questions to a body, and takes its answers. These routes read no cookie. */
export function disputeApi(
  foundation: Foundation,
  callers: Callers,
  context: DisputesContext,
): ServedRoutes {
  return routes('programs')
    .on(operations.listDisputes, (ctx) => listWaiting(ctx, foundation, callers, context))
    .on(operations.answerDispute, (ctx) => takeAnswer(ctx, callers, context))
    .served('page')
}

async function listWaiting(
  ctx: Context,
  { db, keys }: Foundation,
  callers: Callers,
  { live, vault, pairwise }: DisputesContext,
): Promise<void> {
  const { orgId } = await callers.require(ctx, disclosuresApi)
  const page = openPage<DisputePlace>(keys, `disputes:${orgId}`, readQuery(ctx, listQuery))
  const register = await live.at(await registerEpoch(db))
  const rows = await disputesWaitingFor(db, bodyNo(register, orgId), page.after, page.rows)
  const { shown, next } = page.cut(rows, ({ at, disputeId }) => ({ at, disputeId }))
  const items: z.infer<typeof question>[] = []
  for (const row of shown) {
    const texts = await textsOf(db, vault, row)
    items.push({
      dispute_id: writeId('dsp', row.disputeId),
      decision_id: writeId('dec', row.decisionId),
      consent_id: row.consentId === null ? null : writeId('con', row.consentId),
      opened_at: row.openedAt.toISOString(),
      due_at: row.dueAt.toISOString(),
      text: texts.question ?? null,
      sub: pairwise.subject(row.personId, orgId),
    })
  }
  ctx.set('Cache-Control', 'no-store')
  ctx.body = { items, next }
}

async function takeAnswer(
  ctx: At<'id'>,
  callers: Callers,
  context: DisputesContext,
): Promise<void> {
  const caller = await callers.require(ctx, disclosuresApi)
  const { id: disputeId } = ctx.params
  const { outcome, text } = await readJson(ctx, answerBody)
  const { isNew, answeredAt } = await answerDispute(context, caller, { disputeId, outcome, text })
  ctx.status = isNew ? 201 : 200
  const answer: z.infer<typeof answeredDispute> = {
    dispute_id: disputeId,
    outcome,
    answered_at: answeredAt.toISOString(),
  }
  ctx.body = answer
}
