import type { Context } from 'koa'
import { readJson } from '../../base/web/forms.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { forOfficer } from '../../base/web/officer.ts'
import { languageOf } from '../../base/web/page.ts'
import type { Brake } from '../../registry/index.ts'
import type { DeskRoom, DeskRoutes } from './desk-room.ts'
import { decideByOfficer, proposeByOfficer, stopByOfficer } from './incident-deeds.ts'
import { decisionShape, proposalShape, stopShape } from './incident-shapes.ts'
import { incidentsOf } from './incidents-of.ts'

// The pages of incidents over JSON, by the same deeds.

export function hangUpIncidentFiles(files: DeskRoutes, context: DeskRoom): void {
  const own = forOfficer(context, 'incident')
  files
    .get('/incidents.json', own(send))
    .post('/incidents/arret.json', own(stop), 'stop')
    .post('/incidents/proposition.json', own(propose))
    .post('/incidents/decision.json', own(decide))
}

async function send(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const page = await incidentsOf(context, officer, languageOf(ctx))
  ctx.body = {
    things: page.things.map(({ kind, id }) => ({ kind, id })),
    stopped: page.brakes.map(({ kind, id, until, isConfirmed, isOurs }) => ({
      kind,
      id,
      until: until.toISOString(),
      confirmed: isConfirmed,
      own: isOurs,
    })),
    proposals: page.proposals.map(({ id, deed, of, until, isOwn, seen }) => ({
      proposal: id,
      deed,
      ...of,
      seen,
      own: isOwn,
      expires_at: until.toISOString(),
    })),
  }
}

async function stop(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const brake = await stopByOfficer(context, officer, await readJson(ctx, stopShape))
  ctx.body = { stopped: saidOf(brake) }
}

async function propose(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const asked = await readJson(ctx, proposalShape)
  ctx.body = { proposal: await proposeByOfficer(context, officer, asked) }
}

async function decide(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const brake = await decideByOfficer(context, officer, await readJson(ctx, decisionShape))
  const isLifted = brake?.releasedAt !== undefined
  ctx.body = { stopped: brake === undefined || isLifted ? null : saidOf(brake) }
}

function saidOf({ kind, id, until, isConfirmed }: Brake) {
  return { kind, id, until: until.toISOString(), confirmed: isConfirmed }
}
