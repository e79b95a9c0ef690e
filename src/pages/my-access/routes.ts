import type { At } from '../../base/web/router.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { forPerson } from '../../base/web/person.ts'
import type { AccessContext } from './context.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuseChange, refuseToHeld } from '../../people/accounts/index.ts'
import { readTotp } from '../../signin/factors/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { seeOther } from '../../base/web/page.ts'
import type { AnsweringSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import {
  addAccount,
  blockAccount,
  comeWithAccount,
  dropAccount,
  goForAccount,
  showAccount,
  unblockAccounts,
} from './account-routes.ts'
import { codesAndWaits } from './code-routes.ts'
import { closeAccess } from './close-account.ts'
import {
  disownNotice,
  disownRecovery,
  historyMoved,
  ownNotice,
  ownRecovery,
  showAsked,
  showRecovery,
} from './control-routes.ts'
import { helpPages } from './help-routes.ts'
import {
  addLevelThree,
  addPasskeyHere,
  addSecurityKey,
  removalForm,
  remove,
  rename,
} from './key-routes.ts'
import { sessionId } from './overview.ts'
import { placePages, showAccess } from './place-routes.ts'
import { changeNickname, showNickname } from './nickname-routes.ts'
import {
  changePassword,
  giveAddressCode,
  showAddressCode,
  showPassword,
} from './password-routes.ts'
import {
  wayChange,
  backToAccess,
  errandOf,
  showAddition,
  showAtHome,
  showClosed,
  showClosing,
  showLevelThree,
  showPasskey,
  showPasswordRemoval,
  showSecurityKey,
  showTotp,
} from './show.ts'
import {
  allowRequests,
  approveRequest,
  refuseRequest,
  showRequest,
  silenceRequests,
} from './request-routes.ts'
import { endOneClaim, endService, giveOneClaim, showEnding, showService } from './service-routes.ts'
import { liftSignature, showSignature } from './signature-routes.ts'
import type { WayChange } from './ways-in.ts'
import { endOthers, lockForSession, removePasswordWay, setTotp } from './ways-in.ts'

const codeForm = z.object({ code: z.string().max(100) })

/** The first page of « Mon accès ». */
export const myAccessPath = '/acces'

/** « Mon accès »: how a person signs in, and where she is signed in. At a public terminal no passkey or security key is made. */
export function myAccessRoutes(context: AccessContext): ServedRoutes {
  const doors = forPerson(context, myAccessPath)
  const { anyone, anyWay, fresh } = doors
  const atHome = context.foundation.config.kiosk ? showAtHome : undefined
  return codesAndWaits(placePages(helpPages(routes('people'), doors), doors), doors)
    .get(myAccessPath, anyone(showAccess))
    .get('/acces/cles/ajout', fresh(atHome ?? showAddition))
    .post('/acces/cles/ajout', fresh(atHome ?? addPasskeyHere))
    .get('/acces/cles/niveau-3', fresh(atHome ?? showLevelThree))
    .post('/acces/cles/niveau-3', fresh(atHome ?? addLevelThree))
    .get('/acces/cle-de-securite', fresh(atHome ?? showSecurityKey))
    .post('/acces/cle-de-securite', fresh(atHome ?? addSecurityKey))
    .get('/acces/cles/:id', anyone(showPasskey))
    .post('/acces/cles/:id/nom', anyone(rename))
    .post('/acces/cles/:id/retrait', fresh(remove))
    .get('/acces/mot-de-passe', fresh(showPassword))
    .post('/acces/mot-de-passe', fresh(changePassword))
    .get('/acces/mot-de-passe/courriel', fresh(showAddressCode))
    .post('/acces/mot-de-passe/courriel', fresh(giveAddressCode))
    .get('/acces/mot-de-passe/retrait', fresh(showPasswordRemoval))
    .post('/acces/mot-de-passe/retrait', fresh(removePassword))
    .get('/acces/code', fresh(showTotp))
    .post('/acces/code', fresh(addTotp))
    .get('/acces/nom-affiche', anyone(showNickname))
    .post('/acces/nom-affiche', anyone(changeNickname))
    .get('/acces/comptes/:provider/ajout', fresh(goForAccount))
    .get('/acces/comptes/:provider/retour', fresh(comeWithAccount))
    .post('/acces/comptes/:provider/ajout', fresh(addAccount))
    .get('/acces/comptes/:id', anyone(showAccount))
    .post('/acces/comptes/:id/retrait', fresh(dropAccount))
    .post('/acces/comptes/:id/blocage', fresh(blockAccount), 'stop')
    .post('/acces/comptes/deblocage', fresh(unblockAccounts))
    .get('/acces/signature', anyone(showSignature))
    .post('/acces/signature/levee', fresh(liftSignature))
    .get('/acces/services/:service', anyWay(showService))
    .post('/acces/services/:service/renseignements/:claim/fin', anyWay(endOneClaim), 'stop')
    .post('/acces/services/:service/renseignements/:claim/don', anyone(giveOneClaim))
    .get('/acces/services/:service/fin', anyWay(showEnding), 'stop')
    .post('/acces/services/:service/fin', anyWay(endService), 'stop')
    .get('/acces/demandes/:id', anyone(showRequest))
    .post('/acces/demandes/:id/approbation', anyone(approveRequest))
    .post('/acces/demandes/:id/refus', anyone(refuseRequest))
    .post('/acces/demandes/:id/arret', anyone(silenceRequests), 'stop')
    .post('/acces/demandes/organismes/:org/reprise', anyone(allowRequests))
    .get('/acces/historique', historyMoved)
    .get('/acces/avis/:id', fresh(showAsked))
    .post('/acces/avis/:id/moi', fresh(ownNotice))
    .post('/acces/avis/:id/pas-moi', fresh(disownNotice), 'stop')
    .get('/acces/retablissement', fresh(showRecovery))
    .post('/acces/retablissement/moi', fresh(ownRecovery))
    .post('/acces/retablissement/pas-moi', fresh(disownRecovery), 'stop')
    .get('/acces/fermeture', fresh(showClosing))
    .post('/acces/fermeture', fresh(close))
    .get('/acces/fermeture/faite', showClosed(context))
    .post('/acces/sessions/fin', anyone(endAllOthers), 'stop')
    .post('/acces/sessions/:id/fin', anyone(endOne), 'stop')
    .served('page')
}

async function removePassword(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  const { db, keys } = context.foundation
  const { sessions } = await readForm(ctx, keys, who.sessionUid, removalForm)
  const isGone = await transact(db, (tx) =>
    removePasswordWay(tx, wayChange(ctx, context, who), sessions === 'end'),
  )
  return backToAccess(ctx, isGone ? 'password-removed' : 'removal-waits')
}

async function addTotp(ctx: Context, context: AccessContext, who: AnsweringSession): Promise<void> {
  const { db, keys } = context.foundation
  const { code } = await readForm(ctx, keys, who.sessionUid, codeForm)
  try {
    const { vault, foundation } = context
    const given = { errand: errandOf(who), code: readTotp(code), vault, log: foundation.log }
    const tried = { kind: 'first-code', peer: peerOf(ctx), account: who.personId } as const
    await context.tries.judge(tried, (counted) =>
      transact(db, (tx) => setTotp(counted, tx, wayChange(ctx, context, who), given)),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return showTotp(ctx, context, who, error)
  }
  return backToAccess(ctx, 'totp-added')
}

async function endAllOthers(
  ctx: Context,
  context: AccessContext,
  who: AnsweringSession,
): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  await transact(context.foundation.db, (tx) => endByHer(tx, wayChange(ctx, context, who)))
  return backToAccess(ctx, 'sessions-ended')
}

async function endOne(ctx: At<'id'>, context: AccessContext, who: AnsweringSession): Promise<void> {
  await readButton(ctx, context.foundation.keys, who.sessionUid)
  const { id } = ctx.params
  const shown = await context.sessions.list(who.personId)
  const only = shown.map(({ uid }) => uid).find((uid) => sessionId(uid) === id)
  if (only !== undefined)
    await transact(context.foundation.db, (tx) => endByHer(tx, wayChange(ctx, context, who), only))
  return backToAccess(ctx, 'session-ended')
}

// A session that is held ends no other: it could sign out the owner, who came back by another way, before she undoes what made it.
async function endByHer(tx: Transaction, at: WayChange, only?: string): Promise<void> {
  await lockForSession(tx, at.sessions, at.who)
  await refuseToHeld(tx, at.seals, at.who, at.now)
  await endOthers(tx, at, only === undefined ? {} : { only })
}

async function close(ctx: Context, context: AccessContext, who: AnsweringSession) {
  const { db, clock, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const { personId, acr } = who
  const by = { type: 'person', acr } as const
  const leaving = { personId, by, origin: originOf(ctx), now: clock() }
  await transact(db, async (tx) => {
    await lockForSession(tx, context.sessions, who)
    await refuseChange(tx, context.vault.seals, who, clock())
    return closeAccess(tx, context, leaving)
  })
  seeOther(ctx, '/acces/fermeture/faite')
}
