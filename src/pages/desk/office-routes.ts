import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { deskPath, forOfficer } from '../../base/web/officer.ts'
import { baseOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { endOfficeAtDesk, officesOfBody } from '../../people/offices/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import type { OfficesPage } from './naming-pages.ts'
import { readDeskForm, showDesk } from './show.ts'

// « Qui est au comptoir »: every office of the body, each with « Mettre fin ». One namer ends it, at once.

const path = '/fonctions'
const form = z.object({ office: z.string().max(40) })

export const officesPage: DeskPage = {
  hangUp: (desk, room) => {
    const namer = forOfficer(room, 'name')
    desk.get(path, namer(showAll)).post(`${path}/fin`, namer(end), 'stop')
  },
  line: { path, act: 'name', name: 'offices', icon: 'group' },
}

function showAll(ctx: Context, room: DeskRoom, officer: OfficerSession): Promise<void> {
  return showOffices(ctx, room, officer)
}

async function showOffices(
  ctx: Context,
  room: DeskRoom,
  officer: OfficerSession,
  refused?: Refusal,
): Promise<void> {
  const { db, clock } = room.foundation
  const lines = await officesOfBody(db, room.vault, officer.organisation, clock())
  const page: Omit<OfficesPage, 'desk' | 'problem'> = {
    action: `${baseOf(ctx)}${deskPath}${path}/fin`,
    offices: lines.map(({ mandateId, officerId, number, role, untilAt }) => ({
      id: writeId('man', mandateId),
      number,
      role,
      until: untilAt === null ? undefined : secondsAfter(untilAt, -1),
      isOwn: officerId === officer.officerId,
    })),
    isEnded: ctx.query['fait'] === 'fin',
  }
  setOwnPage(ctx, `${deskPath}${path}`)
  showDesk(ctx, room, officer, 'desk/offices', { ...page, refused })
}

async function end(ctx: Context, room: DeskRoom, officer: OfficerSession): Promise<void> {
  const { office } = await readDeskForm(ctx, room, officer, form)
  try {
    const mandateId = readId('man', office)
    if (mandateId === undefined) throw new Refusal('desk.office-gone', 409)
    await transact(room.foundation.db, (tx) => endOfficeAtDesk(tx, room.vault, officer, mandateId))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showOffices(ctx, room, officer, error)
  }
  return seeOther(ctx, `${deskPath}${path}?fait=fin`)
}
