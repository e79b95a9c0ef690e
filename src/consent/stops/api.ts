import type { RecordPorts } from '../record/index.ts'
import type { Context } from 'koa'
import type { Pairwise } from '../../people/accounts/index.ts'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import { epochSeconds, secondsAfter } from '../../base/values/clock.ts'
import { openPage } from '../../base/web/cursor.ts'
import { readJson, readQuery } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { present } from '../../base/values/present.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import { ledgerMember } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyId, bodyNo } from '../../registry/index.ts'
import { consentOf, noteEffect } from './effect-report.ts'
import type { WaitingRow } from './rows.ts'
import type { effectAnswer, stop } from './shapes.ts'
import { effectBody, listQuery, operations } from './shapes.ts'
import type { StopPlace } from './store.ts'
import { stopsWaitingFor } from './store.ts'

const disclosuresApi: OwnApi = { path: '/disclosures', scope: 'report' }
// After a day without a report the person reads that nothing is confirmed. The stop itself holds from its first moment.
const expectedSeconds = 24 * 3600

type StopsContext = RecordPorts & { readonly pairwise: Pairwise }

/** Tells the two bodies of a stop, and takes their reports of its effect. These routes read no cookie. */
export function stopRoutes(
  foundation: Foundation,
  callers: Callers,
  context: StopsContext,
): ServedRoutes {
  return routes('programs')
    .on(operations.listStops, (ctx) => listWaiting(ctx, foundation, callers, context))
    .on(operations.reportEffect, (ctx) => takeEffect(ctx, foundation, callers, context))
    .served('stop')
}

async function listWaiting(
  ctx: Context,
  { db, keys }: Foundation,
  callers: Callers,
  { live, pairwise }: StopsContext,
): Promise<void> {
  const { orgId } = await callers.require(ctx, disclosuresApi)
  const page = openPage<StopPlace>(keys, `effects:${orgId}`, readQuery(ctx, listQuery))
  const register = await live.at(await registerEpoch(db))
  const party = bodyNo(register, orgId)
  const rows = await stopsWaitingFor(db, party, page.after, page.rows)
  const { shown, next } = page.cut(rows, ({ at, consentId }) => ({ at, consentId }))
  ctx.set('Cache-Control', 'no-store')
  ctx.body = {
    items: shown.map((row) => ({
      ...stopAnswer(row, register),
      sub: pairwise.subject(row.personId, orgId),
    })),
    next,
  }
}

function stopAnswer(row: WaitingRow, register: Register): Omit<AnswerOf<typeof stop>, 'sub'> {
  const dataset = present(register.datasetByNo(row.dataset), 'the dataset of a consent')
  return {
    consent_id: consentOf(row),
    role: row.role,
    stopped_at: row.queuedAt.toISOString(),
    holder: bodyId(register, row.holder),
    recipient: bodyId(register, row.recipient),
    dataset: dataset.ref,
    categories: categoriesIn(dataset, row.categories),
    expected: row.role === 'holder' ? 'stop_disclosing' : 'stop_using',
    effect: row.effect,
    acknowledged_at: row.acknowledgedAt?.toISOString() ?? null,
    expected_by: secondsAfter(row.queuedAt, expectedSeconds).toISOString(),
  }
}

async function takeEffect(
  ctx: Context,
  { config, keys, signer }: Foundation,
  callers: Callers,
  context: StopsContext,
): Promise<void> {
  const caller = await callers.require(ctx, disclosuresApi)
  const { consent_id: consentId, effect, law, ...said } = await readJson(ctx, effectBody)
  const keptUntil = said.kept_until
  const noted = await noteEffect(context, caller, { consentId, effect, law, keptUntil })
  const { delivery, reportedAt, commitment } = noted
  const answer: Omit<AnswerOf<typeof effectAnswer>, 'ack'> = {
    consent_id: consentOf(delivery),
    role: delivery.role,
    effect,
    law: delivery.law,
    kept_until: delivery.keptUntil,
    reported_at: reportedAt.toISOString(),
    ledger: ledgerMember(config.issuer, commitment, reportedAt),
  }
  const ack = await signStatement({ keys, signer }, 'effect-ack+jwt', {
    iss: config.issuer,
    aud: caller.orgId,
    iat: epochSeconds(reportedAt),
    consent_id: answer.consent_id,
    role: answer.role,
    effect,
    law: answer.law,
    ...(answer.kept_until === null ? {} : { kept_until: answer.kept_until }),
    stopped_at: delivery.queuedAt.toISOString(),
    ...answer.ledger,
  })
  ctx.status = noted.isNew ? 201 : 200
  ctx.body = { ...answer, ack }
}
