import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import { transact } from '../../base/platform/database.ts'
import { Redirect, Refusal } from '../../base/platform/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { joinedIn } from '../../base/web/lists.ts'
import { baseOf, languageOf, seeOther, setOwnPage, standApart } from '../../base/web/page.ts'
import { originOf } from '../../base/web/request-log.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import type { AskedClaim, LiveRegister, Register, Service } from '../../registry/index.ts'
import { contactsOf } from '../../registry/index.ts'
import { heldRegisterEpoch, registerEpoch } from '../record/index.ts'
import { answerClaims } from './deeds.ts'
import type { HeldClaims } from './held.ts'
import { heldClaims, valueOf } from './held.ts'
import { kindsOf, shownClaim } from './lines.ts'
import type { ClaimLine, ClaimsPage, LackingPage } from './pages.ts'
import type { ClaimQuestion } from './question.ts'
import { claimQuestion } from './question.ts'
import { answersOf } from './store.ts'

// « Ce service recevra »: the page before a service at which a person signs in, where it asks for something about her. Nothing is told
// before she lets it.

export type ClaimsContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly visits: Visits
}

/** The page of a visit, in French. */
export function claimsAddress({ id }: Pick<Visit, 'id'>): string {
  return `/recevra/${id}`
}

export function claimsRoutes(context: ClaimsContext): ServedRoutes {
  return routes('people', '/recevra')
    .get('/:visit', (ctx) => whereItStands(ctx, context))
    .post('/:visit/don', (ctx) => answer(ctx, context, true))
    .post('/:visit/refus', (ctx) => answer(ctx, context, false))
    .served('sign-in')
}

type Standing = {
  readonly visit: Visit
  readonly personId: string
  readonly register: Register
  readonly service: Service
  readonly held: HeldClaims
  /** Undefined: there is nothing to ask. */
  readonly question: ClaimQuestion | undefined
}

async function standingOf(ctx: At<'visit'>, context: ClaimsContext): Promise<Standing> {
  const visit = await context.visits.current(ctx)
  const { needs, personId, clientId } = visit
  if (needs !== 'claims' || personId === undefined) throw new Refusal('visit.not-found', 404)
  const { db, keys } = context.foundation
  const register = await context.live.at(await registerEpoch(db))
  const service = register.services.get(clientId)
  if (service === undefined) throw new Refusal('request.unknown-service')
  const asked = service.claims.filter(({ name }) => visit.claims.includes(name))
  const whose = { personId, serviceId: clientId }
  const answers = await answersOf(db, context.vault.seals, whose)
  const held = await heldClaims(db, keys, register, personId)
  const question = claimQuestion(asked, answers, (name) => valueOf(held, name) !== undefined)
  return { visit, personId, register, service, held, question }
}

async function whereItStands(ctx: At<'visit'>, context: ClaimsContext): Promise<void> {
  const standing = await standingOf(ctx, context)
  const { visit, question } = standing
  if (question === undefined || visit.isAnswered)
    return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
  setOwnPage(ctx, claimsAddress(visit))
  standApart(ctx)
  const { pages } = context.foundation
  if (question.is === 'asked')
    pages.show(ctx, 'claims/ask', askPage(ctx, context, standing, question.claims))
  else pages.show(ctx, 'claims/lacking', lackingPage(ctx, context, standing, question.claims))
}

const answerForm = z.object({
  shown: z.string().max(64).default(''),
  claim: z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .optional()
    .transform((ticked) => [ticked ?? []].flat()),
})

async function answer(ctx: At<'visit'>, context: ClaimsContext, isYes: boolean): Promise<void> {
  const standing = await standingOf(ctx, context)
  const { visit, question } = standing
  const { shown, claim } = await readForm(ctx, context.foundation.keys, visit.id, answerForm)
  // Another tab has answered: the first answer counts.
  if (visit.isAnswered || question === undefined) return seeOther(ctx, claimsAddress(visit))
  const isRefusal = !isYes && question.claims.some(({ isOptional }) => !isOptional)
  if (isRefusal) return context.visits.finish(ctx, visit, denied)
  // The words have changed since she read them, or her address is gone: the page is shown again.
  if (question.is === 'lacking' || shown !== digestOf(question.claims))
    return seeOther(ctx, claimsAddress(visit))
  await record(ctx, context, standing, chosen(question.claims, isYes, claim))
  return context.visits.finish(ctx, visit, { kind: 'nothing-to-ask' })
}

const denied = { kind: 'refused', error: 'access_denied' } as const

type Chosen = { readonly asked: AskedClaim; readonly isGiven: boolean }

/** A yes gives what the service cannot do without, and what she ticked. One optional claim by itself has no tick: the button gives it. */
function chosen(
  claims: readonly AskedClaim[],
  isYes: boolean,
  ticked: readonly string[],
): readonly Chosen[] {
  return claims.map((asked) => {
    const isNamed = claims.length === 1 || !asked.isOptional || ticked.includes(asked.name)
    return { asked, isGiven: isYes && isNamed }
  })
}

async function record(
  ctx: Context,
  { foundation, vault }: ClaimsContext,
  { visit, personId, register, service }: Standing,
  answers: readonly Chosen[],
): Promise<void> {
  const { acr } = visit
  const { serviceId } = service
  await transact(foundation.db, async (tx) => {
    const isNew = await answerClaims(tx, vault, { personId, acr, service, answers })
    // What she was shown is what the register says until this is written.
    if ((await heldRegisterEpoch(tx)) !== register.epoch) throw new Redirect(claimsAddress(visit))
    if (!isNew) return
    const isAny = answers.some(({ isGiven }) => isGiven)
    const kind = isAny ? ('claims.given' as const) : ('claims.declined' as const)
    const line = { kind, personId, serviceId, result: 'done' } as const
    await recordActivity(tx, line, originOf(ctx), foundation.clock())
  })
}

// The words of which she reads: an answer to others is none.
function digestOf(claims: readonly AskedClaim[]): string {
  const words = claims.map(({ name, purpose: { fr, en }, isOptional }) => [
    name,
    fr,
    en,
    isOptional,
  ])
  return createHash('sha256').update(canonical(words)).digest('base64url')
}

function askPage(
  ctx: Context,
  context: ClaimsContext,
  standing: Standing,
  claims: readonly AskedClaim[],
): ClaimsPage {
  const language = languageOf(ctx)
  const { held, register } = standing
  const lineOf = ({ name, purpose }: AskedClaim): ClaimLine => ({
    name,
    ...shownClaim({ held, register, words: context.foundation.words, language }, name),
    purpose: purpose[language],
  })
  const isTicked = ({ isOptional }: AskedClaim) => isOptional && claims.length > 1
  const isOptional = claims.every((claim) => claim.isOptional)
  const titled = isOptional ? claims : claims.filter((claim) => !claim.isOptional)
  return {
    ...aboutOf(ctx, context, standing),
    what: namesOf(ctx, context, titled),
    kinds: kindsOf(claims),
    claims: claims.filter((claim) => !isTicked(claim)).map(lineOf),
    ticked: claims.filter(isTicked).map(lineOf),
    isOptional,
    shown: digestOf(claims),
    giveAction: `${baseOf(ctx)}${claimsAddress(standing.visit)}/don`,
  }
}

function lackingPage(
  ctx: Context,
  context: ClaimsContext,
  standing: Standing,
  claims: readonly AskedClaim[],
): LackingPage {
  const kinds = kindsOf(claims)
  return { ...aboutOf(ctx, context, standing), what: namesOf(ctx, context, claims), kinds }
}

function aboutOf(
  ctx: Context,
  { foundation: { keys } }: ClaimsContext,
  { visit, register, service }: Standing,
) {
  const language = languageOf(ctx)
  return {
    csrf: formToken(keys, visit.id),
    service: service.name[language],
    organisation: service.organisationName[language],
    contacts: contactsOf([register.organisation(service.orgId)], language),
    refuseAction: `${baseOf(ctx)}${claimsAddress(visit)}/refus`,
  }
}

function namesOf(
  ctx: Context,
  { foundation: { words } }: ClaimsContext,
  claims: readonly AskedClaim[],
): string {
  const language = languageOf(ctx)
  const names = claims.map(({ name }) => words.t(language, `claims.name.${name}`))
  return joinedIn(names, language)
}
