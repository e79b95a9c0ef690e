import type { Context } from 'koa'
import { formToken } from '../foundation/forms.ts'
import { readId } from '../foundation/ids.ts'
import { baseOf, standsAt } from '../foundation/page.ts'
import type { SignedIn } from '../foundation/person.ts'
import { Refusal } from '../foundation/refusal.ts'
import { creationOptions, passkeysOf } from '../webauthn/index.ts'
import { passkeyPage } from './overview.ts'
import type { Desk } from './routes.ts'

/** GET /acces/cles/ajout */
export async function showAddition(
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  problem?: Refusal,
): Promise<void> {
  const { db, clock, pages } = desk.foundation
  const page = {
    csrf: token(desk, who),
    action: `${baseOf(ctx)}/acces/cles/ajout`,
    cancelHref: `${baseOf(ctx)}/acces`,
    options: await creationOptions(db, desk.party, errandOf(who), who.personId, clock()),
    problem: problem?.code,
  }
  pages.show(ctx, 'signin/add-passkey', page, problem?.status)
}

/** GET /acces/cles/:id */
export async function showPasskey(
  ctx: Context,
  desk: Desk,
  who: SignedIn,
  problem?: Refusal,
): Promise<void> {
  const keys = await passkeysOf(desk.foundation.db, who.personId)
  const page = passkeyPage(keys, passkeyIdOf(ctx), token(desk, who), problem)
  standsAt(ctx, `/acces/cles/${page.passkey.id}`)
  desk.foundation.pages.show(ctx, 'access/passkey', page, problem?.status)
}

/** What a challenge made in this session belongs to. */
export function errandOf(who: SignedIn): string {
  return `session:${who.sessionUid}`
}

export function token(desk: Desk, who: SignedIn): string {
  return formToken(desk.foundation.keys, who.sessionUid)
}

export function passkeyIdOf(ctx: Context): string {
  const { id } = ctx['params'] as { id: string }
  const uuid = readId('key', id)
  if (uuid === undefined) throw new Refusal('not-found', 404)
  return uuid
}
