import type { Context } from 'koa'
import { z } from 'zod'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { baseOf } from '../../base/web/page.ts'
import type { forPerson, SignedInPerson, AnsweringSession } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { Routes } from '../../base/web/router.ts'
import {
  noteNotice,
  recordActivity,
  refuseChange,
  refuseToHeld,
} from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Card } from '../../signin/factors/index.ts'
import {
  cardOf,
  endCard,
  loseCard,
  nameOfSet,
  presentSet,
  replaceCodes,
  unusedCodes,
} from '../../signin/factors/index.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { isOlder } from './account-lines.ts'
import type { AccessContext } from './context.ts'
import type { NewCodesPage } from './pages.ts'
import { backToAccess, token } from './show.ts'
import { proveAgain, undo } from './waiting-routes.ts'
import { lockForSession } from './ways-in.ts'

/**
 * The pages on which codes are made, and on which what waits is put back. « Carte perdue »: her card opens nothing from this press on. It only
 * takes away, so one press by any other way of hers is enough.
 */
export function codesAndWaits(
  own: Routes,
  { anyone, fresh }: ReturnType<typeof forPerson<AccessContext>>,
): Routes {
  return own
    .post('/acces/attentes/:id/annulation', fresh(undo), 'stop')
    .post('/acces/preuve', anyone(proveAgain))
    .get('/acces/codes', fresh(showNewCodes))
    .post('/acces/codes', fresh(makeCodes))
    .post('/acces/codes/notes', anyone(codesNoted))
    .post('/acces/carte/perdue', anyone(reportLost), 'stop')
    .post('/acces/carte/fin', fresh(endLost), 'stop')
}

const newCodesForm = z.object({ set: z.string().max(40).default('') })

/** GET /acces/codes */
async function showNewCodes(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  const { db, clock, pages } = context.foundation
  const { seals } = context.vault
  await refuseChange(db, seals, who, clock())
  const page: NewCodesPage = {
    csrf: token(context, who),
    codesLeft: await unusedCodes(db, seals, who.personId),
    set: nameOfSet(await presentSet(db, seals, who.personId)),
  }
  pages.show(ctx, 'my-access/new-codes', page)
}

/** POST /acces/codes */
async function makeCodes(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, clock, keys, pages } = context.foundation
  const { seals } = context.vault
  const { personId, factorIds: by } = who
  const { set } = await readForm(ctx, keys, who.sessionUid, newCodesForm)
  const isPresent = async (reader: Database | Transaction) =>
    nameOfSet(await presentSet(reader, seals, personId)) === set
  // Asked before ten hashes are made, and again under the lock: of two presses at once one makes a set.
  await refuseChange(db, seals, who, clock())
  if (!(await isPresent(db))) return backToAccess(ctx, 'codes-already')
  const made = await context.codeProofs.newSet(db)
  const codes = await transact(db, async (tx) => {
    await lockForSession(tx, context.sessions, who)
    await refuseChange(tx, seals, who, clock())
    if (!(await isPresent(tx))) return undefined
    const [origin, now] = [originOf(ctx), clock()]
    await noteNotice(tx, { kind: 'codes-made', personId }, origin, now)
    await notify(tx, personId, 'codes.changed', now)
    return replaceCodes(tx, seals, made, { personId, by, origin, now })
  })
  if (codes === undefined) return backToAccess(ctx, 'codes-already')
  pages.show(ctx, 'signin/recovery-codes', {
    csrf: token(context, who),
    codes,
    next: `${baseOf(ctx)}/acces/codes/notes`,
  })
}

/** POST /acces/codes/notes */
async function codesNoted(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  return backToAccess(ctx, 'codes-made')
}

/** POST /acces/carte/perdue */
async function reportLost(
  ctx: Context,
  context: AccessContext,
  who: SignedInPerson,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  await changeCard(context, who, async (tx, now) => {
    const card = await loseCard(tx, context.vault, who.personId, who.factorIds, now)
    if (card === undefined) return
    await endSessionsOf(tx, context, card)
    await note(tx, ctx, who, 'card.lost', now)
    await notify(tx, who.personId, 'factor.waiting', now)
  })
  return backToAccess(ctx, 'card-lost')
}

/** POST /acces/carte/fin: by a way that is older than the card. @throws Refusal card.younger (409) */
async function endLost(ctx: Context, context: AccessContext, who: SignedInPerson): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  const { personId, acr } = who
  await changeCard(context, who, async (tx, now) => {
    const card = await cardOf(tx, context.vault.seals, personId)
    if (card?.waits === undefined) return
    if (!isOlder(who, card)) throw new Refusal('card.younger', 409, { nextHref: '/acces/entrer' })
    const ending = { personId, cardId: card.cardId, because: 'lost' } as const
    await endCard(tx, context.vault, ending, { type: 'person', acr })
    await note(tx, ctx, who, 'card.ended', now)
    await notify(tx, personId, 'factor.removed', now)
  })
  return backToAccess(ctx, 'card-ended')
}

// A session that is held takes no way in away: whoever recovered the access with a code that he found would take the owner's card.
async function changeCard(
  { foundation: { db, clock }, vault, sessions }: AccessContext,
  who: SignedInPerson,
  deed: (tx: Transaction, now: Date) => Promise<void>,
): Promise<void> {
  await transact(db, async (tx) => {
    const now = clock()
    await lockForSession(tx, sessions, who)
    await refuseToHeld(tx, vault.seals, who, now)
    await deed(tx, now)
  })
}

function endSessionsOf(
  tx: Transaction,
  { sessions }: Pick<AccessContext, 'sessions'>,
  { personId, cardId }: Card,
): Promise<number> {
  return sessions.end(tx, personId, { madeBy: [cardId], because: 'elsewhere' })
}

function note(
  tx: Transaction,
  ctx: Context,
  { personId }: SignedInPerson,
  kind: 'card.lost' | 'card.ended',
  now: Date,
): Promise<void> {
  return recordActivity(tx, { kind, personId, result: 'done' }, originOf(ctx), now)
}
