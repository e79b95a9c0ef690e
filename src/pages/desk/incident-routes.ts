import type { Context } from 'koa'
import { Refusal } from '../../base/values/refusal.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { deskPath, forOfficer } from '../../base/web/officer.ts'
import { languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { incidentReasons } from '../../people/offices/index.ts'
import { brakeMs } from '../../registry/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import { decideByOfficer, proposeByOfficer, stopByOfficer } from './incident-deeds.ts'
import { hangUpIncidentFiles } from './incident-json-routes.ts'
import type { IncidentsPage, IncidentStopPage } from './incident-pages.ts'
import { decisionShape, proposalForm, stopForm } from './incident-shapes.ts'
import { incidentsOf } from './incidents-of.ts'
import { readDeskForm, showDesk } from './show.ts'

// Incident officers stop what is their body’s, and two of them let it stand or let it go on.

const path = '/incidents'

export const incidentPage: DeskPage = {
  line: { path, act: 'incident', name: 'incidents', icon: 'warning' },
  hangUp(desk, context) {
    const own = forOfficer(context, 'incident')
    desk
      .get(path, own(show))
      .get('/incidents/arret', own(confirm))
      .post('/incidents/arret', own(doing(stop)), 'stop')
      .post('/incidents/proposition', own(doing(propose)))
      .post('/incidents/decision', own(doing(decide)))
  },
  hangUpFiles: hangUpIncidentFiles,
}

function show(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  return showWith(ctx, context, officer)
}

async function showWith(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  refused?: Refusal,
): Promise<void> {
  const page: Omit<IncidentsPage, 'desk'> = await incidentsOf(context, officer, languageOf(ctx))
  setOwnPage(ctx, `${deskPath}${path}`)
  showDesk(ctx, context, officer, 'desk/incidents', { ...page, refused })
}

/** What is refused is told on the page, as it is then. */
function doing(
  deed: (ctx: Context, context: DeskRoom, officer: OfficerSession) => Promise<unknown>,
) {
  return async (ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> => {
    try {
      await deed(ctx, context, officer)
    } catch (error) {
      if (!(error instanceof Refusal) || !error.code.startsWith('desk.')) throw error
      return showWith(ctx, context, officer, error)
    }
    seeOther(ctx, `${deskPath}${path}`)
  }
}

/** Says what stops and until when, before one presses. What is not his body’s, or stopped already, is nowhere. */
async function confirm(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  const asked = stopForm.safeParse(ctx.query)
  if (!asked.success) throw new Refusal('not-found', 404)
  const { kind, id, reason } = asked.data
  const language = languageOf(ctx)
  const { things } = await incidentsOf(context, officer, language)
  const found = things.find((one) => one.kind === kind && one.id === id)
  if (found === undefined) throw new Refusal('not-found', 404)
  const page: Omit<IncidentStopPage, 'desk'> = {
    ...found,
    reason: { value: reason, label: incidentReasons[reason][language] },
    until: new Date(context.foundation.clock().getTime() + brakeMs),
  }
  showDesk(ctx, context, officer, 'desk/incident-stop', page)
}

async function stop(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<unknown> {
  return stopByOfficer(context, officer, await readDeskForm(ctx, context, officer, stopForm))
}

async function propose(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<unknown> {
  return proposeByOfficer(context, officer, await readDeskForm(ctx, context, officer, proposalForm))
}

async function decide(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<unknown> {
  return decideByOfficer(context, officer, await readDeskForm(ctx, context, officer, decisionShape))
}
