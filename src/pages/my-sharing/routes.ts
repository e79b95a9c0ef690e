import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Notary } from '../../consent/record/index.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import { askRenewal, narrowConsent, reopenQuestion } from '../../consent/asking/index.ts'
import {
  confirmConsent,
  makeNotary,
  pauseConsent,
  registerEpoch,
  resumeConsent,
  revokeConsent,
} from '../../consent/record/index.ts'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { readId, writeId } from '../../base/platform/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { choicePattern } from '../../base/web/person.ts'
import type { RequirePerson, SignedIn } from '../../base/web/person.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { originOf } from '../../base/web/request-log.ts'
import { routes } from '../../base/web/router.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
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

const emptyForm = z.object({})
const choiceForm = z.object({
  fin: z.string().max(32),
  garder: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .optional()
    .transform((kept) => [kept ?? []].flat()),
  fois: z.string().max(16).optional(),
})
const narrowForm = z.object({ presentation: z.string().max(64) })

export type Counters = {
  readonly live: LiveRegister
  readonly vault: Vault
  readonly person: RequirePerson
}

export type Desk = Counters & {
  readonly foundation: Foundation
  readonly notary: Notary
}

/** « Mes partages »: what a person allowed, and how to stop it. */
export function dashboardRoutes(foundation: Foundation, counters: Counters): Middleware {
  const notary = makeNotary(foundation, counters.live, counters.vault)
  const desk: Desk = { ...counters, foundation, notary }
  const { person } = counters
  return routes()
    .get('/mes-partages', signedIn(desk, person.anyone, showSharings))
    .get('/mes-partages/:id', signedIn(desk, person.anyone, showSharing))
    .get('/mes-partages/loi/:agreement/:purpose', signedIn(desk, person.anyone, showLaw))
    .get('/mes-partages/:id/arret', signedIn(desk, person.anyone, showStop))
    .post('/mes-partages/:id/arret', signedIn(desk, person.anyone, deed(revokeConsent, 'arret')))
    .post('/mes-partages/:id/pause', signedIn(desk, person.anyone, deed(pauseConsent, 'pause')))
    .post(
      '/mes-partages/:id/reprise',
      signedIn(desk, person.anyone, deed(resumeConsent, 'reprise')),
    )
    .post(
      '/mes-partages/:id/confirmation',
      signedIn(desk, person.anyone, deed(confirmConsent, 'confirmation')),
    )
    .post('/mes-partages/:id/renouvellement', signedIn(desk, person.anyone, renew))
    .get('/mes-partages/:id/reduction', signedIn(desk, person.anyone, showNarrow))
    .post('/mes-partages/:id/reduction', signedIn(desk, person.anyone, choose))
    .post('/mes-partages/:id/reduction/confirmation', signedIn(desk, person.anyone, narrow))
    .get('/mes-partages/:id/recus/:receipt', signedIn(desk, person.anyone, showReceipt))
    .get('/mes-partages/:id/recus/:receipt/jwt', signedIn(desk, person.anyone, sendReceipt))
    .get('/mes-partages/:id/recus/:receipt/preuve', signedIn(desk, person.anyone, sendProof))
    .get('/mes-partages/:id/recus/:receipt/dpv', signedIn(desk, person.anyone, sendDpv))
    .post('/mes-partages/questions/:silence/reprise', signedIn(desk, person.anyone, reopen))
    .get('/retour', comeBack)
    .middleware()
}

type Page = (ctx: Context, desk: Desk, who: SignedIn) => Promise<void>

function signedIn(desk: Desk, require: RequirePerson['anyone'], page: Page) {
  return async (ctx: Context): Promise<void> => {
    const who = await require(ctx)
    if (who !== undefined) await page(ctx, desk, who)
  }
}

function deed(consentDeed: typeof resumeConsent, done: string): Page {
  return async (ctx, { foundation, notary, person }, who) => {
    const { personId, sessionUid, acr, authTime: provedAt } = who
    await readForm(ctx, foundation.keys, sessionUid, emptyForm)
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
async function reopen(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, keys, clock } = desk.foundation
  const { personId, sessionUid, acr } = who
  await readForm(ctx, keys, sessionUid, emptyForm)
  const { silence = '' } = ctx['params'] as { silence?: string }
  const silenceId = readId('sil', silence)
  if (silenceId !== undefined)
    await transact(db, async (tx) => {
      const isReopened = await reopenQuestion(tx, desk.vault, { personId, silenceId, acr })
      const done = { kind: 'question.reopened', personId, result: 'done' } as const
      if (isReopened) await recordActivity(tx, done, originOf(ctx), clock())
    })
  seeOther(ctx, '/mes-partages')
}

// To the question as a service would put it: it is answered there, or later.
async function renew(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, who.sessionUid, emptyForm)
  const register = await desk.live.at(await registerEpoch(db))
  const renewing = { personId: who.personId, consentId: consentIdOf(ctx), register }
  const { requestId, itemNo } = await transact(db, (tx) => askRenewal(tx, desk.vault, renewing))
  seeOther(ctx, `/partage/demandes/${writeId('req', requestId)}/${itemNo}`)
}

async function choose(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { fin, garder, fois } = await readForm(
    ctx,
    desk.foundation.keys,
    who.sessionUid,
    choiceForm,
  )
  const choice = { lastDay: fin.trim(), keep: garder, times: timesIn(fois) }
  try {
    await chosenNarrowing(await readingOf(ctx, desk, who), idOf(ctx), choice)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error
    return showChoice(ctx, desk, who, { choice, problem: error })
  }
  const query = new URLSearchParams({ fin: choice.lastDay })
  for (const category of choice.keep) query.append('garder', category)
  if (choice.times !== undefined) query.set('fois', String(choice.times))
  seeOther(ctx, `/mes-partages/${idOf(ctx)}/reduction?${query.toString()}`)
}

async function narrow(ctx: Context, desk: Desk, who: SignedIn): Promise<void> {
  const { db, keys } = desk.foundation
  const form = await readForm(ctx, keys, who.sessionUid, narrowForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { personId, acr, amr } = who
  const given = { personId, consentId: consentIdOf(ctx), presentationId, acr, amr }
  const register = await desk.live.at(await registerEpoch(db))
  const made = await transact(db, (tx) => narrowConsent(tx, desk.notary, register, given))
  seeOther(ctx, `/mes-partages/${writeId('con', made)}?fait=reduction`)
}

function consentIdOf(ctx: Context): string {
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
