import type { Context } from 'koa'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { readButton } from '../../base/web/forms.ts'
import type { forPerson, SignedInPerson } from '../../base/web/person.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { Routes } from '../../base/web/router.ts'
import { recordActivity, refuseToHeld } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Card } from '../../signin/factors/index.ts'
import { cardOf, endCard, loseCard } from '../../signin/factors/index.ts'
import { isOlder } from './card-line.ts'
import type { AccessContext } from './context.ts'
import { backToAccess } from './show.ts'
import { lockForSession } from './ways-in.ts'

// « Carte perdue »: her card opens nothing from this press on. It only takes away, so one press by any other way of hers is enough.

export function cardPages(
  own: Routes,
  { anyone, fresh }: ReturnType<typeof forPerson<AccessContext>>,
): Routes {
  return own
    .post('/acces/carte/perdue', anyone(reportLost), 'stop')
    .post('/acces/carte/fin', fresh(endLost), 'stop')
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
