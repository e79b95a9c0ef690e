import type { Context } from 'koa'
import { writeId } from '../../base/values/ids.ts'
import { deskPath, forOfficer } from '../../base/web/officer.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { baseOf } from '../../base/web/page.ts'
import { namingsOf } from '../../people/mandates/index.ts'
import { rolesWith } from '../../people/offices/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { WorkAccessPage } from './pages.ts'
import { showDesk } from './show.ts'
import { workLines } from './work-lines.ts'

const path = '/acces'

/** « Mon accès de travail »: who named him, until when, and everything that he did. */
export const workAccessPage: DeskPage = {
  line: { path, act: undefined, name: 'access', icon: 'person' },
  hangUp(desk, context) {
    desk.get(path, forOfficer(context, undefined)(showWorkAccess))
  },
}

async function showWorkAccess(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
): Promise<void> {
  const { foundation, vault } = context
  const { lines, hasOlder } = await workLines(context, officer.officerId, beforeIn(ctx, foundation))
  const namings = await namingsOf(foundation.db, vault.vault, officer.officerId)
  const oldest = lines.at(-1)?.at
  const page: Omit<WorkAccessPage, 'desk'> = {
    offices: officer.offices.map(({ mandateId, acts, untilAt }) => {
      const mandate = writeId('man', mandateId)
      const { from, namedBy = [] } = namings.find((one) => one.mandate === mandate) ?? {}
      return { role: rolesWith([acts])[0], mandate, from, until: untilAt, namedBy }
    }),
    lines,
    olderHref:
      hasOlder && oldest !== undefined
        ? `${baseOf(ctx)}${deskPath}${path}?avant=${oldest.toISOString()}`
        : undefined,
  }
  showDesk(ctx, context, officer, 'desk/work-access', page)
}

/** The instant before which lines are read; by default all of them. */
function beforeIn(ctx: Context, { clock }: DeskRoom['foundation']): Date {
  const { avant } = ctx.query
  const given = new Date(typeof avant === 'string' ? avant : '')
  return Number.isNaN(given.getTime()) ? new Date(clock().getTime() + 1000) : given
}
