import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { deskPath, forOfficer } from '../../base/web/officer.ts'
import { baseOf, setOwnPage } from '../../base/web/page.ts'
import { dayAfter, dayBefore, dayOf, noonOf } from '../../base/values/calendar.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { NamingContent, NamingWords } from '../../people/offices/index.ts'
import { proposeNaming, readTypedNaming, roleNames } from '../../people/offices/index.ts'
import type { DeskPage, DeskRoom } from './desk-room.ts'
import { keysPath } from './keys-path.ts'
import type { NamedPage, NamePage } from './naming-pages.ts'
import { readDeskForm, showDesk } from './show.ts'

// « Nommer une personne »: one namer proposes, another one decides.

const path = '/nommer'
// A choice that nobody made is not sent.
const chosen = z.string().max(30).default('')
const form = z.object({ number: z.string().max(100), role: chosen, until: chosen, keys: chosen })

export const namePage: DeskPage = {
  hangUp: (desk, room) => {
    const namer = forOfficer(room, 'name')
    desk.get(path, namer(showName)).post(path, namer(proposeName))
  },
  line: { path, act: 'name', name: 'name', icon: 'person' },
}

const nothing: NamingWords = { number: '', role: '', until: '', keys: '' }

function showName(ctx: Context, room: DeskRoom, officer: OfficerSession): void {
  showTyped(ctx, room, officer, nothing)
}

function showTyped(
  ctx: Context,
  room: DeskRoom,
  officer: OfficerSession,
  typed: NamingWords,
  refused?: Refusal,
): void {
  const today = dayOf(room.foundation.clock())
  const page: Omit<NamePage, 'desk' | 'problem'> = {
    action: `${baseOf(ctx)}${deskPath}${path}`,
    roles: roleNames,
    typed,
    first: today,
    last: dayBefore(dayAfter(today, 'P12M'), 'P1D'),
  }
  setOwnPage(ctx, `${deskPath}${path}`)
  showDesk(ctx, room, officer, 'desk/name', { ...page, refused })
}

async function proposeName(ctx: Context, room: DeskRoom, officer: OfficerSession): Promise<void> {
  const { foundation, vault } = room
  const typed = await readDeskForm(ctx, room, officer, form)
  const now = foundation.clock()
  try {
    const content = readTypedNaming(typed, now)
    const { half } = await transact(foundation.db, (tx) =>
      proposeNaming(tx, vault, officer, content, now),
    )
    showNamed(ctx, room, officer, { step: 'proposed', ...content, half })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    showTyped(ctx, room, officer, typed, error)
  }
}

type Named = Pick<NamedPage, 'step' | 'half'> & NamingContent

/** What is shown once to whoever proposed, or decided. */
export function showNamed(
  ctx: Context,
  room: DeskRoom,
  officer: OfficerSession,
  named: Named,
): void {
  const page: Omit<NamedPage, 'desk'> = {
    ...named,
    until: noonOf(named.until),
    keysAddress: `${new URL(room.foundation.config.issuer).host}${baseOf(ctx)}${keysPath}`,
    backHref: `${baseOf(ctx)}${deskPath}`,
  }
  setOwnPage(ctx, deskPath)
  showDesk(ctx, room, officer, 'desk/named', page)
}
