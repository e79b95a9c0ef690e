import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { findClosure, lockAccount, reopenAccount } from '../../people/accounts/index.ts'
import type { Passwords } from '../factors/index.ts'
import { indexOf, makeRecoveryCodes, readRecoveryCode } from '../factors/index.ts'
import { transact } from '../../base/platform/database.ts'
import { deviceIdOf } from '../../base/web/device.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { languageOf, seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { peerOf } from '../../base/web/network.ts'
import { deviceOf, originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import type { Sessions } from '../../base/platform/sessions.ts'
import type { Tries } from '../../base/web/tries.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Letters } from '../../people/notifications/index.ts'
import { notify } from '../../people/notifications/index.ts'
import { readAssertion, readRegistration, relyingPartyOf } from '../../webauthn/index.ts'
import { assuranceOf } from './assurance.ts'
import type { Locksmith } from './by-password.ts'
import type { Attempt, Step } from './journey.ts'
import type { Proving } from './prove.ts'
import { acceptInvitation, codeTriedIn, createAccess, proveByPasskey } from './prove.ts'
import { openingRoutes } from './opening-routes.ts'
import { recoverByPasskey, showCode } from './recovery.ts'
import { credentialForm, passwordRoutes } from './password-routes.ts'
import type { Desk } from './show.ts'
import { beginning, here, makeShow, stepOf, unproved, whyMore } from './show.ts'
import { dropShownCode, findAttempt, markCodesSeen, markInvitationAnswered } from './store.ts'
import { makeSigninTries } from './tries.ts'

// What was typed beside the button comes along, so that it is there still if the passkey is refused.
const passkeyForm = credentialForm.extend({ address: z.string().max(512).default('') })
const codeForm = z.object({ code: z.string().max(100) })
const emptyForm = z.object({})
const openForm = z.object({ opened: z.string().max(64), next: z.enum(['creation']).optional() })

export type Counters = {
  readonly visits: Visits
  readonly vault: Vault
  readonly passwords: Passwords
  readonly letters: Letters
  readonly tries: Tries
  readonly sessions: Sessions
}

/** `/connexion/:visit`: who is this person? Every page needs the visit's own cookie (`visits.current`). */
export function signinRoutes(foundation: Foundation, counters: Counters): Middleware {
  const { visits, vault, passwords, letters, tries, sessions } = counters
  const { brand } = foundation.config
  const party = relyingPartyOf(foundation.config)
  const locksmith: Locksmith = { passwords, letters, vault, tries, brand }
  const show = makeShow(foundation, party, passwords)
  const desk = { foundation, visits, show, tries: makeSigninTries(foundation, tries), locksmith }
  const proving = async (ctx: Context): Promise<Proving> => {
    const visit = await visits.current(ctx)
    const [origin, peer, now] = [originOf(ctx), peerOf(ctx), foundation.clock()]
    // A public terminal is nobody's: it is not known again.
    const id = foundation.config.kiosk ? undefined : deviceIdOf(ctx)
    const device = { id, label: deviceOf(ctx) }
    return { db: foundation.db, party, visit, sessions, origin, peer, device, now }
  }
  const visit = passwordRoutes(desk, proving, routes('/connexion/:visit'))
  return openingRoutes(desk, proving, visit)
    .get('', (ctx) => whereItStands(ctx, desk))
    .post('/cle', async (ctx) => usePasskey(ctx, desk, await proving(ctx)))
    .get('/creation', async (ctx) => desk.show.creation(ctx, await beginning(ctx, desk)))
    .post('/creation', async (ctx) => create(ctx, desk, await proving(ctx)))
    .get('/recuperation', async (ctx) => desk.show.recovery(ctx, await unproved(ctx, desk), ''))
    .post('/recuperation', async (ctx) => recover(ctx, desk, await proving(ctx)))
    .get('/nouvelle-cle', async (ctx) => showNewKey(ctx, desk, await proving(ctx)))
    .post('/nouvelle-cle', async (ctx) => addAfterRecovery(ctx, desk, await proving(ctx)))
    .post('/codes', async (ctx) => newCodes(ctx, desk, await proving(ctx)))
    .post('/retablissement/abandon', async (ctx) => leaveCode(ctx, desk, await proving(ctx)))
    .post('/abandon', async (ctx) => giveUp(ctx, desk, await proving(ctx)))
    .post('/acces-ouvert', async (ctx) => goOnAsOpen(ctx, desk, await proving(ctx)))
    .post('/autre-personne', async (ctx) => closeOpen(ctx, desk, await proving(ctx)))
    .post('/plus-tard', async (ctx) => decline(ctx, desk, await proving(ctx)))
    .post('/reouverture', async (ctx) => reopen(ctx, desk, await proving(ctx)))
    .post('/suite', async (ctx) => goOn(ctx, desk, await proving(ctx)))
    .middleware()
}

async function whereItStands(ctx: Context, desk: Desk): Promise<void> {
  const visit = await desk.visits.current(ctx)
  // What a service asks to allow has its own page.
  if (visit.details.length > 0 && visit.needs === 'consent')
    throw new Refusal('visit.not-found', 404)
  if (visit.needs === 'consent') return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  const step = await stepOf(desk, visit)
  switch (step.show) {
    case 'sign-in':
      if (visit.openHere !== undefined) return desk.show.openHere(ctx, visit, visit.openHere, false)
      return desk.show.signIn(ctx, visit)
    case 'step-up':
      return desk.show.signIn(ctx, visit)
    case 'ways-back':
      return desk.show.waysBack(ctx, visit)
    case 'recovery-codes-left':
      return desk.show.codesLeft(ctx, visit)
    case 'invitation':
      return desk.show.invitation(ctx, visit, step.attempt.personId)
    case 'done':
      return finish(ctx, desk, visit, step.attempt)
  }
}

async function usePasskey(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const form = passkeyForm
  const { credential, address } = await readForm(ctx, desk.foundation.keys, at.visit.id, form)
  const proved = await desk.tries.verified(at, {
    read: () => readAssertion(credential),
    prove: (counted, response) => proveByPasskey(counted, at, response),
  })
  if (proved instanceof Refusal) return desk.show.signIn(ctx, at.visit, proved, address)
  return finish(ctx, desk, at.visit, proved)
}

async function create(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { credential } = await readForm(ctx, desk.foundation.keys, at.visit.id, credentialForm)
  if (desk.foundation.config.kiosk) return desk.show.creation(ctx, at.visit)
  const codes = await desk.tries.verified(at, {
    read: () => readRegistration(credential),
    prove: (counted, response) =>
      createAccess(counted, at, { response, name: deviceOf(ctx) }, languageOf(ctx)),
  })
  if (!(codes instanceof Refusal)) return desk.show.codes(ctx, at.visit, codes)
  // Sent again after it was done: the visit goes on where it stands.
  const step = await stepOf(desk, at.visit)
  return step.show === 'sign-in' ? desk.show.creation(ctx, at.visit, codes) : here(ctx, at.visit)
}

async function recover(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { code } = await readForm(ctx, desk.foundation.keys, at.visit.id, codeForm)
  const taken = await desk.tries.counted(at, await codeTriedIn(at, code), {
    read: () => readRecoveryCode(code),
    prove: (counted, given) => showCode(counted, at, given),
    owner: { codeIndex: indexOf(code) },
  })
  if (taken instanceof Refusal) return desk.show.recovery(ctx, at.visit, code, taken)
  return here(ctx, at.visit)
}

/** The passkey that a recovery may make. */
async function showNewKey(ctx: Context, desk: Desk, { visit }: Proving): Promise<void> {
  const step = await stepOf(desk, visit)
  if (step.show !== 'ways-back') return here(ctx, visit)
  return desk.show.addPasskey(ctx, visit, step.personId)
}

async function addAfterRecovery(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { credential } = await readForm(ctx, desk.foundation.keys, at.visit.id, credentialForm)
  if (desk.foundation.config.kiosk) return here(ctx, at.visit)
  const step = await stepOf(desk, at.visit)
  if (step.show === 'invitation') return accept(ctx, desk, at, { step, credential })
  if (step.show !== 'ways-back') return here(ctx, at.visit)
  const { personId } = step
  const codes = await desk.tries.verified(at, {
    read: () => readRegistration(credential),
    prove: (counted, response) =>
      recoverByPasskey(counted, at, personId, { response, name: deviceOf(ctx) }),
  })
  if (!(codes instanceof Refusal)) return desk.show.codes(ctx, at.visit, codes)
  // Sent again after it was done: the visit goes on where it stands.
  if ((await stepOf(desk, at.visit)).show !== 'ways-back') return here(ctx, at.visit)
  if (codes.code !== 'recovery.code-refused')
    return desk.show.addPasskey(ctx, at.visit, personId, codes)
  // Used up in another visit meanwhile.
  await transact(at.db, (tx) => dropShownCode(tx, at.visit.id))
  return desk.show.recovery(ctx, at.visit, '', codes)
}

/** « Revenir à la connexion »: the code stays good. */
async function leaveCode(ctx: Context, desk: Desk, { db, visit }: Proving): Promise<void> {
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  await transact(db, (tx) => dropShownCode(tx, visit.id))
  return here(ctx, visit)
}

async function accept(
  ctx: Context,
  desk: Desk,
  at: Proving,
  { step, credential }: { step: Step & { show: 'invitation' }; credential: string },
): Promise<void> {
  const { personId } = step.attempt
  const added = await desk.tries.verified(at, {
    read: () => readRegistration(credential),
    prove: (counted, response) =>
      acceptInvitation(counted, at, personId, { response, name: deviceOf(ctx) }),
  })
  if (added instanceof Refusal) return desk.show.invitation(ctx, at.visit, personId, added)
  return here(ctx, at.visit)
}

/** « Revenir à … »: the service is told, whoever was signed in still is, and a recovery code that was shown stays good. */
async function giveUp(ctx: Context, desk: Desk, { db, visit, now }: Proving): Promise<void> {
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  const why = await whyMore(db, visit, now)
  const isUnmet = why === 'level' || why === 'recovered'
  const error = isUnmet ? 'unmet_authentication_requirements' : 'access_denied'
  await transact(db, (tx) => dropShownCode(tx, visit.id))
  return desk.visits.finish(ctx, visit, { kind: 'refused', error })
}

async function decline(ctx: Context, desk: Desk, { db, visit }: Proving): Promise<void> {
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  await transact(db, (tx) => markInvitationAnswered(tx, visit.id))
  return here(ctx, visit)
}

async function newCodes(
  ctx: Context,
  desk: Desk,
  { db, visit, origin, now }: Proving,
): Promise<void> {
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  const codes = await transact(db, async (tx) => {
    const attempt = await findAttempt(tx, visit.id, now)
    if (attempt?.codesDue !== true) return undefined
    const { personId } = attempt
    await lockAccount(tx, personId)
    // Her sessions were ended meanwhile, or the recovery undone: what was proved before makes no codes.
    if ((await findAttempt(tx, visit.id, now)) === undefined) return undefined
    return makeRecoveryCodes(tx, personId, origin, now)
  })
  if (codes === undefined) return here(ctx, visit)
  return desk.show.codes(ctx, visit, codes)
}

async function goOn(ctx: Context, desk: Desk, { db, visit }: Proving): Promise<void> {
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  await transact(db, (tx) => markCodesSeen(tx, visit.id))
  return here(ctx, visit)
}

async function reopen(ctx: Context, desk: Desk, at: Proving): Promise<void> {
  const { db, visit, origin, now } = at
  await readForm(ctx, desk.foundation.keys, visit.id, emptyForm)
  const step = await stepOf(desk, visit)
  // A recovery code alone opens nothing: the new way in comes first.
  if (step.show !== 'done') return here(ctx, visit)
  const { personId } = step.attempt
  await transact(db, async (tx) => {
    if (await reopenAccount(tx, personId, origin, now))
      await notify(tx, personId, 'account.reopened', now)
  })
  return here(ctx, visit)
}

/** « Oui, c’est le mien »: whoever is signed in here goes on, and proves more if the service asks for it. */
async function goOnAsOpen(ctx: Context, desk: Desk, { visit }: Proving): Promise<void> {
  const { opened } = await readForm(ctx, desk.foundation.keys, visit.id, openForm)
  // Another session than the one that she was shown, or none any more: she is asked again.
  if (visit.openHere?.key !== opened) return here(ctx, visit)
  return desk.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

/** « Non »: that session ends, and this visit goes on where it stands. */
async function closeOpen(ctx: Context, desk: Desk, { visit }: Proving): Promise<void> {
  const { opened, next } = await readForm(ctx, desk.foundation.keys, visit.id, openForm)
  if (visit.openHere?.key !== opened) return here(ctx, visit)
  await desk.visits.endOpen(ctx, visit)
  return next === undefined ? here(ctx, visit) : seeOther(ctx, `/connexion/${visit.id}/${next}`)
}

async function finish(ctx: Context, desk: Desk, visit: Visit, attempt: Attempt): Promise<void> {
  const { personId, proof, provedAt, factorIds, sessionEpoch } = attempt
  const { openHere } = visit
  if (openHere !== undefined && openHere.personId !== personId)
    return desk.show.openHere(ctx, visit, openHere, true)
  const closure = await findClosure(desk.foundation.db, personId)
  if (closure !== undefined) return desk.show.closed(ctx, visit, closure)
  await desk.visits.finish(ctx, visit, {
    kind: 'signed-in',
    personId,
    at: provedAt,
    factorIds,
    sessionEpoch,
    ...assuranceOf(proof),
  })
}
