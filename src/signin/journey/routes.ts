import type { Context } from 'koa'
import { z } from 'zod'
import type { PrincipalOf } from '../../people/accounts/index.ts'
import { reopenAccount } from '../../people/accounts/index.ts'
import type { CardProofs, CodeProofs, Passwords } from '../factors/index.ts'
import { transact } from '../../base/database/database.ts'
import { deviceIdOf } from '../../base/web/device.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf, seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { noteSeveral } from '../../base/web/shared-browser.ts'
import { peerOf } from '../../base/web/limits/network.ts'
import { deviceOf, originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Letters } from '../../people/notifications/index.ts'
import { identitySeals } from '../../people/identity/index.ts'
import { makeContactSettings, notify } from '../../people/notifications/index.ts'
import type { LevelThree } from '../../webauthn/index.ts'
import { readAssertion, readRegistration, relyingPartyOf } from '../../webauthn/index.ts'
import { beginsWithCreation, visitAddress, visitRoute } from './address.ts'
import type { OpenDesk } from './desk-signin.ts'
import type { PasswordSignin } from './password-signin.ts'
import type { JourneyContext, ProofAt } from './context.ts'
import { visitReadingOf, visitToBegin } from './context.ts'
import { goOnWith, linkOrFinish, toDesk, whereItStandsSignedIn } from './finish-show.ts'
import type { ProofContext } from './proofs.ts'
import { createAccess, proveByPasskey } from './proofs.ts'
import { countedAsNew } from './access-opening.ts'
import { cardRoutes } from './card-routes.ts'
import { openingRoutes } from './opening-routes.ts'
import { credentialForm, passwordRoutes } from './password-routes.ts'
import { reachRoutes } from './reach-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { makeShow } from './show.ts'
import { toPresentStep } from './step-show.ts'
import { stepNow, stepOf, stepUpReason } from './steps.ts'
import { dropShownCode, markInvitationAnswered } from './store.ts'
import { makeSigninTries } from './failed-signins.ts'
import { signInOrAnswer, upstreamRoutes } from './upstream-routes.ts'
import type { UpstreamWay } from './upstream-way.ts'

// The address typed beside the button is sent too, so that the page still shows it if the passkey is refused.
const passkeyForm = credentialForm.extend({ address: z.string().max(512).default('') })
const emptyForm = z.object({})
const openForm = z.object({ opened: z.string().max(64), next: z.enum(['creation']).optional() })

export type JourneyNeeds = {
  readonly visits: Visits
  readonly vault: Vault
  readonly principalOf: PrincipalOf
  readonly passwords: Passwords
  readonly codeProofs: CodeProofs
  readonly cards: CardProofs
  readonly letters: Letters
  readonly tries: Tries
  readonly sessions: Sessions
  readonly upstream: UpstreamWay
  readonly levelThree: LevelThree | undefined
  readonly openDesk: OpenDesk | undefined
}

/** `/connexion/:visit`: who is this person? Every page needs the visit's own cookie (`visits.current`). */
export function signinRoutes(foundation: Foundation, needs: JourneyNeeds): ServedRoutes {
  const { visits, vault, principalOf, passwords, codeProofs, letters, tries } = needs
  const { sessions, upstream, levelThree, openDesk, cards } = needs
  const { brand } = foundation.config
  const { db, log } = foundation
  const { seals } = vault
  const vouchedSeals = identitySeals(foundation.keys)
  const party = relyingPartyOf(foundation.config, { seals, log }, levelThree)
  const locksmith: PasswordSignin = { passwords, letters, vault, tries, brand }
  const reach = makeContactSettings(foundation, tries)
  const show = makeShow(foundation, party, passwords, upstream, reach)
  const signinTries = makeSigninTries(foundation, tries)
  const own = { foundation, visits, show, tries: signinTries }
  const context = { ...own, locksmith, upstream, reach, cards }
  const proving: ProofAt = async (ctx) => {
    const visit = await visits.current(ctx)
    const [origin, peer, now] = [originOf(ctx), peerOf(ctx), foundation.clock()]
    // A public terminal belongs to nobody: it is not remembered.
    const id = foundation.config.kiosk ? undefined : deviceIdOf(ctx)
    // Reading what a browser says of itself costs more than the rest of this: it waits until somebody keeps the label.
    const device = {
      id,
      get label() {
        return deviceOf(ctx)
      },
      noteOther: (at: Date) => noteSeveral(ctx, at, now),
    }
    const whose = { visit, sessions, codeProofs, openDesk, origin, peer, device, now }
    return { db, seals, vault, principalOf, vouchedSeals, log, party, ...whose }
  }
  const visit = routes('people', visitRoute)
  const parts = [passwordRoutes, openingRoutes, recoveryRoutes, reachRoutes, upstreamRoutes]
  for (const hangUp of [...parts, cardRoutes]) hangUp(context, proving, visit)
  return visit
    .get('', (ctx) => whereItStands(ctx, context))
    .post('/cle', async (ctx) => usePasskey(ctx, context, await proving(ctx)))
    .get('/creation', async (ctx) => context.show.creation(ctx, await visitToBegin(ctx, context)))
    .post('/creation', async (ctx) => create(ctx, context, await proving(ctx)))
    .post('/abandon', async (ctx) => giveUp(ctx, context, await proving(ctx)))
    .post('/acces-ouvert', async (ctx) => goOnAsOpen(ctx, context, await proving(ctx)))
    .post('/autre-personne', async (ctx) => closeOpen(ctx, context, await proving(ctx)))
    .post('/plus-tard', async (ctx) => decline(ctx, context, await proving(ctx)))
    .post('/reouverture', async (ctx) => reopen(ctx, context, await proving(ctx)))
    .served('sign-in')
}

async function whereItStands(ctx: At<'visit'>, context: JourneyContext): Promise<void> {
  const visit = await context.visits.current(ctx)
  // A visit in which a service asks for a permission has its own page.
  if (visit.details.length > 0 && visit.needs === 'consent')
    throw new Refusal('visit.not-found', 404)
  if (visit.needs === 'consent' || visit.needs === 'invitation')
    return whereItStandsSignedIn(ctx, context, visit)
  const step = await stepOf(visitReadingOf(ctx, context), visit)
  switch (step.show) {
    case 'sign-in':
      return whereItBegins(ctx, context, visit)
    case 'step-up':
      return context.show.signIn(ctx, visit)
    case 'ways-back':
      return context.show.waysBack(ctx, visit)
    case 'recovery-codes-left':
      return context.show.codesLeft(ctx, visit, step.personId)
    case 'reach':
      return context.show.reach(ctx, visit, step.attempt)
    case 'invitation':
      return context.show.invitation(ctx, visit, step.attempt.personId)
    case 'done':
      return linkOrFinish(ctx, context, visit, step.attempt)
  }
}

function whereItBegins(
  ctx: At<'visit'>,
  context: JourneyContext,
  visit: Visit,
): Promise<void> | void {
  if (visit.openHere !== undefined) return context.show.openHere(ctx, visit, visit.openHere, false)
  if (visit.entering !== undefined) return context.show.entering(ctx, visit, visit.entering)
  if (beginsWithCreation(ctx.query)) return seeOther(ctx, visitAddress(visit, 'creation'))
  return signInOrAnswer(ctx, context, visit)
}

async function usePasskey(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const form = passkeyForm
  const { credential, address } = await readForm(ctx, context.foundation.keys, at.visit.id, form)
  const proved = await context.tries.verified(at, {
    read: () => readAssertion(credential),
    prove: (counted, response) => proveByPasskey(counted, at, response),
  })
  if (proved instanceof Refusal) return context.show.signIn(ctx, at.visit, proved, address)
  if ('desk' in proved) return toDesk(ctx, context, at.visit, proved)
  return goOnWith(ctx, context, at.visit, proved)
}

async function create(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { credential } = await readForm(ctx, context.foundation.keys, at.visit.id, credentialForm)
  const codes = await countedAsNew(at, context.locksmith, () =>
    context.tries.verified(at, {
      read: () => readRegistration(credential),
      prove: (counted, response) =>
        createAccess(counted, at, { response, name: deviceOf(ctx) }, languageOf(ctx)),
    }),
  )
  if (!(codes instanceof Refusal)) return context.show.codes(ctx, at.visit, codes)
  // The form was sent again after the step was done: the visit goes on at its present step.
  const step = await stepNow(at, at.visit)
  return step.show === 'sign-in'
    ? context.show.creation(ctx, at.visit, codes)
    : toPresentStep(ctx, at.visit)
}

/** « Revenir à … »: tells the service. A person who was signed in stays so, and a recovery code that was shown stays good. */
async function giveUp(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { db, visit } = at
  await readForm(ctx, context.foundation.keys, visit.id, emptyForm)
  const why = await stepUpReason(at, visit)
  const isUnmet = why === 'level' || why === 'recovered'
  const error = isUnmet ? 'unmet_authentication_requirements' : 'access_denied'
  await transact(db, (tx) => dropShownCode(tx, visit.id))
  return context.visits.finish(ctx, visit, { kind: 'refused', error })
}

async function decline(
  ctx: Context,
  context: JourneyContext,
  { db, visit }: ProofContext,
): Promise<void> {
  await readForm(ctx, context.foundation.keys, visit.id, emptyForm)
  if (visit.needs === 'invitation')
    return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  await transact(db, (tx) => markInvitationAnswered(tx, visit.id))
  return toPresentStep(ctx, visit)
}

async function reopen(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { db, vault, visit, origin, now } = at
  await readForm(ctx, context.foundation.keys, visit.id, emptyForm)
  const step = await stepOf(at, visit)
  // A recovery code alone opens nothing: the new way in comes first.
  if (step.show !== 'done') return toPresentStep(ctx, visit)
  const { personId } = step.attempt
  await transact(db, async (tx) => {
    if (await reopenAccount(tx, vault, personId, origin, now))
      await notify(tx, personId, 'account.reopened', now)
  })
  return toPresentStep(ctx, visit)
}

/** « Oui, c’est le mien », « Oui, c’est moi »: the person who is signed in here goes on, and proves more if the service asks for it. */
async function goOnAsOpen(
  ctx: Context,
  context: JourneyContext,
  { visit }: ProofContext,
): Promise<void> {
  const { opened } = await readForm(ctx, context.foundation.keys, visit.id, openForm)
  // The session that she was shown has been replaced, or has ended: she is asked again.
  if (keyOfOpen(visit) !== opened) return toPresentStep(ctx, visit)
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

function keyOfOpen({ openHere, entering }: Visit): string | undefined {
  return (openHere ?? entering)?.key
}

/** « Non »: ends that session; this visit goes on at its present step. */
async function closeOpen(
  ctx: Context,
  context: JourneyContext,
  { visit }: ProofContext,
): Promise<void> {
  const { opened, next } = await readForm(ctx, context.foundation.keys, visit.id, openForm)
  if (keyOfOpen(visit) !== opened) return toPresentStep(ctx, visit)
  await context.visits.endOpen(ctx, visit)
  return next === undefined ? toPresentStep(ctx, visit) : seeOther(ctx, visitAddress(visit, next))
}
