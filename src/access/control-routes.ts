import type { Context } from 'koa'
import { z } from 'zod'
import { activityOf, answerOnce } from '../accounts/index.ts'
import type { ActivityHeld } from '../accounts/index.ts'
import { transact } from '../foundation/database.ts'
import { readForm } from '../foundation/forms.ts'
import { readId } from '../foundation/ids.ts'
import { languageOf, seeOther } from '../foundation/page.ts'
import type { SignedIn } from '../foundation/person.ts'
import { Refusal } from '../foundation/refusal.ts'
import { originOf } from '../foundation/request-log.ts'
import { disown } from './disown.ts'
import type { HistoryPage } from './pages.ts'
import type { Desk } from './routes.ts'

const emptyForm = z.object({})
const pageSize = 30
const placeShape =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?)~([0-9a-f-]{36})$/

/** GET /acces/historique: sign-ins and changes of the access, newest first. */
export async function showHistory(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, pages } = desk.foundation
  const { services } = desk.live.current()
  const found = await activityOf(db, who.personId, placeIn(ctx), pageSize + 1)
  const shown = found.slice(0, pageSize)
  const last = shown.at(-1)
  const page: HistoryPage = {
    lines: shown.map(({ kind, at, network, serviceId, acr }) => ({
      kind,
      at,
      network: network ?? undefined,
      service: services.get(serviceId ?? '')?.name[languageOf(ctx)],
      isWeak: acr === 'urn:accord:aal:1',
    })),
    older:
      found.length > pageSize && last !== undefined
        ? `${last.place}~${last.activityId}`
        : undefined,
  }
  pages.show(ctx, 'access/history', page)
}

// Where the page before ended. What is no place is the beginning.
function placeIn(ctx: Context): ActivityHeld | undefined {
  const { avant } = ctx.query
  const [, place, activityId] = placeShape.exec(typeof avant === 'string' ? avant : '') ?? []
  if (place === undefined || activityId === undefined) return undefined
  return { place, activityId } as ActivityHeld // all that the next page is read by
}

/** POST /acces/avis/:id/moi */
export async function own(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const key = { personId: who.personId, noticeId: noticeIdOf(ctx) }
  await transact(db, (tx) => answerOnce(tx, key, 'mine', clock()))
  seeOther(ctx, '/acces')
}

/** POST /acces/avis/:id/pas-moi */
export async function disownNotice(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, clock, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const sessions = await desk.sessions.list(who.personId)
  const others = sessions.map(({ uid }) => uid).filter((uid) => uid !== who.sessionUid)
  const disowning = { who, noticeId: noticeIdOf(ctx), others }
  const isOnlyWay = await transact(db, (tx) => disown(tx, desk, disowning, originOf(ctx), clock()))
  seeOther(ctx, `/acces?fait=${isOnlyWay ? 'disowned-only-way' : 'disowned'}`)
}

function noticeIdOf(ctx: Context): string {
  const { id } = ctx['params'] as { id: string }
  const uuid = readId('not', id)
  if (uuid === undefined) throw new Refusal('not-found', 404)
  return uuid
}
