import type { AnsweringActor, Visit, Visits } from '../../base/web/visit.ts'
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { present } from '../../base/values/present.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { joinNames } from '../../base/web/lists.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { SessionHold } from '../../people/accounts/index.ts'
import type { AskedClaim, LiveRegister, Register, Service } from '../../registry/index.ts'
import { contactsOf } from '../../registry/index.ts'
import type { HeldClaims } from './held-claims.ts'
import { kindsOf, shownClaim } from './lines.ts'
import type { ClaimLine, ClaimsPage, LackingPage, WaitingPage } from './pages.ts'
import type { ClaimQuestion } from './question.ts'

// What the pages of claims receive.

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

export type ClaimsAsked = {
  readonly visit: Visit
  readonly actor: AnsweringActor
  readonly personId: string
  readonly register: Register
  readonly service: Service
  readonly held: HeldClaims
  /** Undefined: there is nothing to ask. */
  readonly question: ClaimQuestion | undefined
  /** That nothing about her may begin to flow in this session; undefined: it may. */
  readonly closed: SessionHold | undefined
}

// The words of which she reads: an answer to others is none.
export function digestOf(claims: readonly AskedClaim[]): string {
  const words = claims.map(({ name, purpose: { fr, en }, isOptional }) => [
    name,
    fr,
    en,
    isOptional,
  ])
  return createHash('sha256').update(canonical(words)).digest('base64url')
}

export function askPage(
  ctx: Context,
  context: ClaimsContext,
  standing: ClaimsAsked,
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

export function waitingPage(
  ctx: Context,
  context: ClaimsContext,
  standing: ClaimsAsked,
  claims: readonly AskedClaim[],
): WaitingPage {
  const isOptional = claims.every((claim) => claim.isOptional)
  const titled = isOptional ? claims : claims.filter((claim) => !claim.isOptional)
  return {
    ...aboutOf(ctx, context, standing),
    what: namesOf(ctx, context, titled),
    ...present(standing.closed, 'a hold'),
    withoutAction: isOptional ? `${baseOf(ctx)}${claimsAddress(standing.visit)}/sans` : undefined,
  }
}

export function lackingPage(
  ctx: Context,
  context: ClaimsContext,
  standing: ClaimsAsked,
  claims: readonly AskedClaim[],
): LackingPage {
  const kinds = kindsOf(claims)
  return { ...aboutOf(ctx, context, standing), what: namesOf(ctx, context, claims), kinds }
}

function aboutOf(
  ctx: Context,
  { foundation: { keys } }: ClaimsContext,
  { visit, register, service }: ClaimsAsked,
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
  return joinNames(names, language)
}
