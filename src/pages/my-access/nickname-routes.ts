import type { Context } from 'koa'
import { z } from 'zod'
import { makeNicknames, putNickname, readNickname } from '../../people/accounts/index.ts'
import { transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readForm } from '../../base/web/forms.ts'
import { baseOf, setOwnPage } from '../../base/web/page.ts'
import { faceOf } from '../../base/web/plain-face.ts'
import type { SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import type { AccessContext } from './context.ts'
import type { NicknamePage } from './pages.ts'
import { backToAccess, token } from './show.ts'
import { lockForSession } from './ways-in.ts'

const path = '/acces/nom-affiche'
const nicknameForm = z.object({ nickname: z.string().max(512) })

/** GET /acces/nom-affiche: what she calls her access. A public terminal shows it to nobody. */
export function showNickname(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
  typed?: string,
  problem?: Refusal,
): void {
  if (context.foundation.config.kiosk) throw new Refusal('not-found', 404)
  const face = faceOf(ctx, `${baseOf(ctx)}${path}`)
  const page: NicknamePage = {
    csrf: token(context, who),
    typed,
    problem: problem?.code,
    isPlainFirst: face.isPlain,
    otherFaceHref: face.otherHref,
  }
  setOwnPage(ctx, path)
  context.foundation.pages.show(ctx, 'my-access/nickname', page, problem)
}

/** POST /acces/nom-affiche */
export async function changeNickname(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { config, db, keys } = context.foundation
  const { nickname: typed } = await readForm(ctx, keys, who.sessionUid, nicknameForm)
  if (config.kiosk) throw new Refusal('not-found', 404)
  const nickname = readOrRefusal(typed)
  if (nickname instanceof Refusal) return showNickname(ctx, context, who, typed, nickname)
  await transact(db, async (tx) => {
    await lockForSession(tx, context.sessions, who)
    await putNickname(tx, makeNicknames(keys), who.personId, nickname)
  })
  return backToAccess(ctx, nickname === undefined ? 'nickname-removed' : 'nickname-changed')
}

function readOrRefusal(typed: string): string | undefined | Refusal {
  try {
    return readNickname(typed)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
