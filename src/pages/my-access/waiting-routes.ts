import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/database/database.ts'
import { highest } from '../../base/values/assurance-levels.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import type { AnsweringSession } from '../../base/web/person.ts'
import type { At } from '../../base/web/router.ts'
import type { AccessContext } from './context.ts'
import { backToAccess, wayChange } from './show.ts'
import { undoWait } from './undo-waits.ts'

// Where a further proof leads back to: a page on which something is taken away.
const proofForm = z.object({
  retour: z.string().regex(/^\/acces\/(?:(?:cles|comptes)\/\w{1,40}|mot-de-passe\/retrait)$/),
})

/** POST /acces/attentes/:id/annulation: what was taken away, and waits, stands again. */
export async function undo(
  ctx: At<'id'>,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const at = { ...wayChange(ctx, context, who), who }
  const undone = await transact(db, (tx) => undoWait(tx, context.notary, at, ctx.params.id))
  return backToAccess(ctx, `waiting-${undone}`)
}

/** POST /acces/preuve: with a way in that is older than the session's own, something is taken away at once. */
export async function proveAgain(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { retour: returnTo } = await readForm(
    ctx,
    context.foundation.keys,
    who.sessionUid,
    proofForm,
  )
  await context.person.prove(ctx, { returnTo, maxAgeSeconds: 0, level: highest })
}
