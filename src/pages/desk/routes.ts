import type { Context } from 'koa'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readButton } from '../../base/web/forms.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import {
  clearDeskCookie,
  deskPath,
  forOfficer,
  hasDeskAct,
  unseenRoutes,
} from '../../base/web/officer.ts'
import { baseOf, seeOther } from '../../base/web/page.ts'
import { routes } from '../../base/web/router.ts'
import { endDeskSession } from '../../people/offices/index.ts'
import type { DeskRoom } from './desk-room.ts'
import { deskPages } from './list.ts'
import type { DeskHomePage } from './pages.ts'
import { showDesk } from './show.ts'

/** The desk of a body: its officers alone find it. */
export function deskRoutes(context: DeskRoom): ServedRoutes {
  const anyOfficer = forOfficer(context, undefined)
  const desk = routes('people', deskPath)
    .get('', anyOfficer(showHome))
    .post('/fin', anyOfficer(signOut), 'stop')
  for (const { hangUp } of deskPages) hangUp(desk, context)
  return unseenRoutes(desk.served('page'), context.officer)
}

/** The same over JSON, for the programs of officers. */
export function deskFiles(context: DeskRoom): ServedRoutes {
  const files = routes('people', deskPath, 'problem')
  for (const { hangUpFiles } of deskPages) hangUpFiles?.(files, context)
  return unseenRoutes(files.served('page'), context.officer)
}

async function signOut(ctx: Context, context: DeskRoom, officer: OfficerSession): Promise<void> {
  await readButton(ctx, context.foundation.keys, officer.sessionUid)
  await endDeskSession(context.foundation.db, officer)
  clearDeskCookie(ctx)
  seeOther(ctx, '/')
}

function showHome(ctx: Context, context: DeskRoom, officer: OfficerSession): void {
  const lines = deskPages.flatMap(({ line }) => line ?? [])
  const page: Omit<DeskHomePage, 'desk'> = {
    lines: lines
      .filter(
        ({ act }) => act === undefined || [act].flat().some((one) => hasDeskAct(officer, one)),
      )
      .map((line) => ({ ...line, href: `${baseOf(ctx)}${deskPath}${line.path}` })),
  }
  showDesk(ctx, context, officer, 'desk/home', page)
}
