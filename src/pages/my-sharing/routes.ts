import type { At } from '../../base/web/router.ts'
import type { PersonHandler, SignedIn } from '../../base/web/person.ts'
import { readButton, readForm } from '../../base/web/forms.ts'
import { choicePattern, forPerson } from '../../base/web/person.ts'
import type { SharingContext } from './context.ts'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { recordActivity } from '../../people/accounts/index.ts'
import { askRenewal, narrowConsent, reopenQuestion } from '../../consent/asking/index.ts'
import {
  confirmConsent,
  pauseConsent,
  registerEpoch,
  resumeConsent,
  revokeConsent,
} from '../../consent/record/index.ts'
import { transact } from '../../base/platform/database.ts'
import { readId, writeId } from '../../base/platform/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import { chosenNarrowing } from './narrow.ts'
import {
  idOf,
  readingOf,
  sendDpv,
  sendProof,
  sendReceipt,
  showChoice,
  showLaw,
  showNarrow,
  timesIn,
  showReceipt,
  showSharing,
  showSharings,
  showStop,
} from './show.ts'

const choiceForm = z.object({
  fin: z.string().max(32),
  garder: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .optional()
    .transform((kept) => [kept ?? []].flat()),
  fois: z.string().max(16).optional(),
})
const narrowForm = z.object({ presentation: z.string().max(64) })

/** « Mes partages »: what a person allowed, and how to stop it. */
export function mySharingRoutes(context: SharingContext): Middleware {
  const { anyone } = forPerson(context)
  return routes()
    .get('/mes-partages', anyone(showSharings))
    .get('/mes-partages/:id', anyone(showSharing))
    .get('/mes-partages/loi/:agreement/:purpose', anyone(showLaw))
    .get('/mes-partages/:id/arret', anyone(showStop))
    .post('/mes-partages/:id/arret', anyone(deed(revokeConsent, 'arret')))
    .post('/mes-partages/:id/pause', anyone(deed(pauseConsent, 'pause')))
    .post('/mes-partages/:id/reprise', anyone(deed(resumeConsent, 'reprise')))
    .post('/mes-partages/:id/confirmation', anyone(deed(confirmConsent, 'confirmation')))
    .post('/mes-partages/:id/renouvellement', anyone(renew))
    .get('/mes-partages/:id/reduction', anyone(showNarrow))
    .post('/mes-partages/:id/reduction', anyone(choose))
    .post('/mes-partages/:id/reduction/confirmation', anyone(narrow))
    .get('/mes-partages/:id/recus/:receipt', anyone(showReceipt))
    .get('/mes-partages/:id/recus/:receipt/jwt', anyone(sendReceipt))
    .get('/mes-partages/:id/recus/:receipt/preuve', anyone(sendProof))
    .get('/mes-partages/:id/recus/:receipt/dpv', anyone(sendDpv))
    .post('/mes-partages/questions/:silence/reprise', anyone(reopen))
    .get('/retour', comeBack)
    .middleware()
}

function deed(
  consentDeed: typeof resumeConsent,
  done: string,
): PersonHandler<SharingContext, 'id'> {
  return async (ctx, { foundation, notary, person }, who) => {
    const { personId, sessionUid, acr, authTime: provedAt } = who
    await readButton(ctx, foundation.keys, sessionUid)
    const consentId = consentIdOf(ctx)
    const sharing = `/mes-partages/${idOf(ctx)}`
    const by = { personId, consentId, acr, provedAt }
    try {
      await transact(foundation.db, (tx) => consentDeed(tx, notary, by))
    } catch (error) {
      if (!(error instanceof ProofNeeded)) throw error
      return person.prove(ctx, { returnTo: sharing, ...error.needed })
    }
    seeOther(ctx, `${sharing}?fait=${done}`)
  }
}

/** She may be asked again what was answered for her until now. */
async function reopen(ctx: At<'silence'>, context: SharingContext, who: SignedIn): Promise<void> {
  const { db, keys, clock } = context.foundation
  const { personId, sessionUid, acr } = who
  await readButton(ctx, keys, sessionUid)
  const { silence } = ctx.params
  const silenceId = readId('sil', silence)
  if (silenceId !== undefined)
    await transact(db, async (tx) => {
      const isReopened = await reopenQuestion(tx, context.vault, { personId, silenceId, acr })
      const done = { kind: 'question.reopened', personId, result: 'done' } as const
      if (isReopened) await recordActivity(tx, done, originOf(ctx), clock())
    })
  seeOther(ctx, '/mes-partages')
}

// To the question as a service would put it: it is answered there, or later.
async function renew(ctx: At<'id'>, context: SharingContext, who: SignedIn): Promise<void> {
  const { db, keys } = context.foundation
  await readButton(ctx, keys, who.sessionUid)
  const register = await context.live.at(await registerEpoch(db))
  const renewing = { personId: who.personId, consentId: consentIdOf(ctx), register }
  const { requestId, itemNo } = await transact(db, (tx) => askRenewal(tx, context.vault, renewing))
  seeOther(ctx, `/partage/demandes/${writeId('req', requestId)}/${itemNo}`)
}

async function choose(ctx: At<'id'>, context: SharingContext, who: SignedIn): Promise<void> {
  const { fin, garder, fois } = await readForm(
    ctx,
    context.foundation.keys,
    who.sessionUid,
    choiceForm,
  )
  const choice = { lastDay: fin.trim(), keep: garder, times: timesIn(fois) }
  try {
    await chosenNarrowing(await readingOf(ctx, context, who), idOf(ctx), choice)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error
    return showChoice(ctx, context, who, { choice, problem: error })
  }
  const query = new URLSearchParams({ fin: choice.lastDay })
  for (const category of choice.keep) query.append('garder', category)
  if (choice.times !== undefined) query.set('fois', String(choice.times))
  seeOther(ctx, `/mes-partages/${idOf(ctx)}/reduction?${query.toString()}`)
}

async function narrow(ctx: At<'id'>, context: SharingContext, who: SignedIn): Promise<void> {
  const { db, keys } = context.foundation
  const form = await readForm(ctx, keys, who.sessionUid, narrowForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { personId, acr, amr } = who
  const given = { personId, consentId: consentIdOf(ctx), presentationId, acr, amr }
  const register = await context.live.at(await registerEpoch(db))
  const made = await transact(db, (tx) => narrowConsent(tx, context.notary, register, given))
  seeOther(ctx, `/mes-partages/${writeId('con', made)}?fait=reduction`)
}

function consentIdOf(ctx: At<'id'>): string {
  const consentId = readId('con', idOf(ctx))
  if (consentId === undefined) throw new Refusal('sharing.not-found', 404)
  return consentId
}

const ownPath = /^(\/en)?\/(acces|activite|mes-partages|partage)(\/[\w-]+)*$/
const question = /^(\/en)?\/partage\//

function isOwn(state: string): boolean {
  const at = state.indexOf('?')
  if (at === -1) return ownPath.test(state)
  return ownPath.test(state.slice(0, at)) && choicePattern.test(state.slice(at))
}

// The end of a visit of our own service: the code is never redeemed, only the place to go on is read.
function comeBack(ctx: Context): void {
  const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : ''
  // Whoever gave the visit up is not led to the page that would begin it again. A question only shows, and may be refused without.
  const isDone = ctx.query['error'] === undefined || question.test(state)
  ctx.redirect(isDone && isOwn(state) ? state : `${state.startsWith('/en/') ? '/en' : ''}/acces`)
  ctx.status = 303
}
