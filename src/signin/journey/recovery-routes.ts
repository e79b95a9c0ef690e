import type { Context } from 'koa'
import { z } from 'zod'
import { lockAccount } from '../../people/accounts/index.ts'
import {
  indexOf,
  nameOfSet,
  presentSet,
  putRecoveryCodes,
  readRecoveryCode,
} from '../factors/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { deviceOf } from '../../base/web/request-log.ts'
import { readAssertion, readRegistration } from '../../webauthn/index.ts'
import type { JourneyContext, ProofAt, VisitRoutes } from './context.ts'
import { unprovedVisit } from './context.ts'
import { credentialForm } from './password-routes.ts'
import type { ProofContext } from './proofs.ts'
import { acceptInvitation, tryOfRecoveryCode } from './proofs.ts'
import { recoverByPasskey, showCode } from './recovery.ts'
import { toPresentStep } from './step-show.ts'
import { personIn, stepNow, stepOf } from './steps.ts'
import { dropShownCode, findAttempt, markCodesSeen } from './store.ts'
import { attemptIn } from './visit-rows.ts'

const newKeyForm = credentialForm.extend({
  /** What an older key signed of the new one, at an invitation; empty where none did. */
  endorsement: z.string().max(32_768).default(''),
})
const codeForm = z.object({ code: z.string().max(100) })
const emptyForm = z.object({})
const newCodesForm = z.object({ set: z.string().max(40).default('') })

/** The pages on which a recovery code is used, a new passkey made, and ten new codes shown. */
export function recoveryRoutes(
  context: JourneyContext,
  proving: ProofAt,
  visit: VisitRoutes,
): VisitRoutes {
  return visit
    .get('/recuperation', async (ctx) =>
      context.show.recovery(ctx, await unprovedVisit(ctx, context), ''),
    )
    .post('/recuperation', async (ctx) => recover(ctx, context, await proving(ctx)))
    .get('/nouvelle-cle', async (ctx) => showNewKey(ctx, context, await proving(ctx)))
    .post('/nouvelle-cle', async (ctx) => addNewKey(ctx, context, await proving(ctx)))
    .post('/codes', async (ctx) => newCodes(ctx, context, await proving(ctx)))
    .post('/retablissement/abandon', async (ctx) => leaveCode(ctx, context, await proving(ctx)))
    .post('/suite', async (ctx) => goOn(ctx, context, await proving(ctx)))
}

async function recover(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { code } = await readForm(ctx, context.foundation.keys, at.visit.id, codeForm)
  const taken = await context.tries.counted(at, await tryOfRecoveryCode(at, code), {
    read: () => readRecoveryCode(code),
    prove: (counted, given) => showCode(counted, at, given),
    owner: { codeIndex: indexOf(code) },
  })
  if (taken instanceof Refusal) return context.show.recovery(ctx, at.visit, code, taken)
  return toPresentStep(ctx, at.visit)
}

/** Shows the page on which a recovery makes a passkey. */
async function showNewKey(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { visit } = at
  const step = await stepOf(at, visit)
  if (step.show !== 'ways-back') return toPresentStep(ctx, visit)
  return context.show.addPasskey(ctx, visit, step.personId)
}

async function addNewKey(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const form = await readForm(ctx, context.foundation.keys, at.visit.id, newKeyForm)
  const { credential } = form
  const isInvited = at.visit.needs === 'invitation'
  if (isInvited && context.foundation.config.kiosk) return toPresentStep(ctx, at.visit)
  if (isInvited) return accept(ctx, context, at, personIn(at.visit), form)
  const step = await stepOf(at, at.visit)
  if (step.show === 'invitation') return accept(ctx, context, at, step.attempt.personId, form)
  if (step.show !== 'ways-back') return toPresentStep(ctx, at.visit)
  const { personId } = step
  const codes = await context.tries.verified(at, {
    read: () => readRegistration(credential),
    prove: (counted, response) =>
      recoverByPasskey(counted, at, personId, { response, name: deviceOf(ctx) }),
  })
  if (!(codes instanceof Refusal)) return context.show.codes(ctx, at.visit, codes)
  // The form was sent again after the step was done: the visit goes on at its present step.
  if ((await stepNow(at, at.visit)).show !== 'ways-back') return toPresentStep(ctx, at.visit)
  if (codes.code !== 'recovery.code-refused')
    return context.show.addPasskey(ctx, at.visit, personId, codes)
  // The code was used up in another visit meanwhile.
  await transact(at.db, (tx) => dropShownCode(tx, at.visit.id))
  return context.show.recovery(ctx, at.visit, '', codes)
}

/** « Revenir à la connexion »: the code stays good. */
async function leaveCode(
  ctx: Context,
  context: JourneyContext,
  { db, visit }: ProofContext,
): Promise<void> {
  await readForm(ctx, context.foundation.keys, visit.id, emptyForm)
  await transact(db, (tx) => dropShownCode(tx, visit.id))
  return toPresentStep(ctx, visit)
}

async function accept(
  ctx: Context,
  context: JourneyContext,
  at: ProofContext,
  personId: string,
  { credential, endorsement }: z.infer<typeof newKeyForm>,
): Promise<void> {
  const added = await context.tries.verified(at, {
    read: () => ({
      response: readRegistration(credential),
      endorsement: endorsement === '' ? undefined : readAssertion(endorsement),
    }),
    prove: (counted, given) =>
      acceptInvitation(counted, at, personId, { ...given, name: deviceOf(ctx) }),
  })
  if (added instanceof Refusal) return context.show.invitation(ctx, at.visit, personId, added)
  if (at.visit.needs === 'invitation')
    return context.visits.finish(ctx, at.visit, { kind: 'nothing-to-ask' })
  return toPresentStep(ctx, at.visit)
}

async function newCodes(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { db, seals, visit, origin, now } = at
  const { set } = await readForm(ctx, context.foundation.keys, visit.id, newCodesForm)
  // Asked before ten hashes are made, and again under the lock: of two presses at once one makes a set.
  const isPresent = async (reader: Database | Transaction, personId: string) =>
    nameOfSet(await presentSet(reader, seals, personId)) === set
  const before = await attemptIn(at, visit)
  if (before?.codesDue !== true || !(await isPresent(db, before.personId)))
    return toPresentStep(ctx, visit)
  const made = await at.codeProofs.newSet(db)
  const codes = await transact(db, async (tx) => {
    const attempt = await findAttempt({ ...at, db: tx }, visit.id)
    if (attempt?.codesDue !== true) return undefined
    const { personId } = attempt
    await lockAccount(tx, personId)
    // Her sessions were ended meanwhile, or the recovery undone: the earlier proof no longer allows making codes.
    if ((await findAttempt({ ...at, db: tx }, visit.id)) === undefined) return undefined
    if (!(await isPresent(tx, personId))) return undefined
    return putRecoveryCodes(tx, seals, made, { personId, origin, now })
  })
  if (codes === undefined) return toPresentStep(ctx, visit)
  return context.show.codes(ctx, visit, codes)
}

async function goOn(ctx: Context, context: JourneyContext, at: ProofContext): Promise<void> {
  const { db, visit } = at
  await readForm(ctx, context.foundation.keys, visit.id, emptyForm)
  const personId = (await attemptIn(at, visit))?.personId
  const isAsked = personId !== undefined && (await context.reach.isUnreached(personId))
  // What is counted as begun is an access that nobody finished: she has seen it through.
  if (await transact(db, (tx) => markCodesSeen(tx, visit.id, isAsked)))
    await context.locksmith.tries.endedWell('new-access', visit.id)
  return toPresentStep(ctx, visit)
}
