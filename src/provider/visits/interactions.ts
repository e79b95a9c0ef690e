import { answererOf } from '../../people/accounts/index.ts'
import type { Context } from 'koa'
import type { Interaction, Provider, Session } from 'oidc-provider'
import { epochSeconds } from '../../base/values/clock.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { forgetEnded } from '../../base/web/ended-session.ts'
import { kioskSeconds } from '../../base/web/kiosk.ts'
import { isByCard, isLevel, reaches } from '../../base/values/assurance-levels.ts'
import { nameAccess, languageOf } from '../../base/web/page.ts'
import type { WayOn } from '../../base/values/refusal.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { allowFormAction } from '../../base/web/security-headers.ts'
import type { At } from '../../base/web/router.ts'
import type { Language } from '../../base/values/languages.ts'
import { ownService, toBody } from '../../registry/index.ts'
import type { Outcome, Visit, Visits } from '../../base/web/visit.ts'
import type { HeldClients } from '../clients/clients.ts'
import { pushOwnRequest } from './own-client.ts'
import type { Needs } from '../clients/endpoints.ts'
import { wayToBeginAgain, visitRefusal } from './interaction-resume.ts'
import type { NameOf } from '../logout/session-management.ts'
import {
  endCurrentSession,
  fitsSession,
  sessionBehindVisit,
  sessionOpenedSince,
  currentSession,
} from '../logout/current-session.ts'
import { extendArtifact } from '../unit/session-store.ts'
import type { UnitRunner } from '../unit/request-unit.ts'
import { goOnIn } from '../unit/request-unit.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Unit } from '../unit/unit.ts'
import { currentUnit } from '../unit/unit.ts'
import type { ArtifactRow } from '../unit/unit-rows.ts'
import { closedVisit, detailsOf, leaveVisit, visitRow } from '../unit/interaction-model.ts'
import type { VisitQuota } from '../configuration/quotas.ts'
import type { VisitAddresses } from '../unit/interaction-paths.ts'
import { visitPath } from '../unit/interaction-paths.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { claimsIn } from '../tokens/claims.ts'

// A visit is an interaction of the library: the errand that brought a person here, and the way back.

const idleSeconds = 3600
const absoluteSeconds = 4 * 3600
// An extension costs a write, so a visit is extended once five minutes of its hour are used, not at every page.
const extendBelowSeconds = 55 * 60

// Beside the visit itself.
const reads: Needs = { session: true }

type VisitParts = {
  readonly provider: Provider
  readonly held: HeldClients
  readonly seals: RowSeals
  readonly inUnit: UnitRunner
  readonly addresses: VisitAddresses
  readonly nameOf: NameOf
  /** Limits the visits that one network begins. */
  readonly quota: VisitQuota
}

export function makeVisits(foundation: Foundation, parts: VisitParts): Visits {
  const { clock } = foundation
  const { provider, inUnit, quota } = parts
  // The units that have read the sign-ins of present requests, as their rows still are.
  const readIn = new WeakMap<Visit, Unit>()

  return {
    async current(ctx) {
      const { visit, unit } = await readVisit(ctx, foundation, parts)
      if (unit !== undefined) readIn.set(visit, unit)
      return visit
    },

    async finish(ctx, visit, outcome) {
      const work = () => answered(ctx, visit, outcome)
      const unit = readIn.get(visit)
      const first = unit === undefined ? inUnit(ctx, reads, work) : goOnIn(unit, work)
      // If a button is pressed twice at once, the second press finds the first answer and follows it.
      const returnTo = await first.catch((error: unknown) => {
        if (!isLostRace(error)) throw error
        return inUnit(ctx, reads, work)
      })
      if (outcome.kind === 'signed-in') forgetEnded(ctx)
      ctx.redirect(returnTo)
      ctx.status = 303
    },

    async endOpen(ctx, visit) {
      await inUnit(ctx, reads, async () => {
        const { interaction, here } = await interactionOf(ctx, visit.id, parts)
        const { personId } = visit.openHere ?? visit.entering ?? {}
        if (here === undefined || here.accountId !== personId) return
        endCurrentSession(here)
        if (interaction.session?.uid !== here.uid) return
        // The visit goes on as one in which nobody is signed in.
        delete interaction.session
        await interaction.save(interaction.exp - epochSeconds(clock()))
      })
    },

    async begin(ctx, errand) {
      await quota(ctx)
      ctx.redirect(await inUnit(ctx, {}, () => pushOwnRequest(ctx, provider, errand)))
      ctx.status = 303
    },

    async leave(ctx, visitId) {
      await inUnit(ctx, {}, async () => {
        const interaction = await provider.Interaction.find(visitId)
        if (interaction !== undefined) leaveVisit(currentUnit(), visitId)
      })
    },
  }

  /** @returns where the visit goes on */
  async function answered(ctx: Context, visit: Visit, outcome: Outcome): Promise<string> {
    const { interaction, here } = await interactionOf(ctx, visit.id, parts)
    if (stands({ interaction, here }, outcome)) return interaction.returnTo
    // Another person may have signed in meanwhile: the visit's page then asks whose access it is.
    const other = sessionOpenedSince(interaction, here)
    if (outcome.kind === 'signed-in') {
      if (other !== undefined && other.personId !== outcome.personId)
        return visitPath(parts.addresses, interaction)
      await leaveOtherPerson(provider, interaction, outcome.personId)
    }
    // The session in which the visit began is no longer in this browser, so the visit goes on with the session that is.
    if (interaction.session?.uid !== here?.uid) delete interaction.session
    interaction.result = withCreate(resultOf(outcome, interaction), interaction)
    await interaction.save(interaction.exp - epochSeconds(clock()))
    return interaction.returnTo
  }
}

/** @returns the visit; and the unit that has read it, where its rows still are as that unit has read them, and nothing but a sign-in is asked */
async function readVisit(
  ctx: At<'visit'>,
  foundation: Foundation,
  parts: VisitParts,
): Promise<{ readonly visit: Visit; readonly unit: Unit | undefined }> {
  const { held, seals, inUnit, nameOf } = parts
  const needs = { ...reads, visit: ctx.params.visit }
  const { begun, unit } = await inUnit(ctx, needs, async () => ({
    begun: await interactionOf(ctx, ctx.params.visit, parts),
    unit: currentUnit(),
  }))
  const { interaction, session } = begun
  nameAccess(ctx, () => nameOf(unit.seen.accounts.get(session?.accountId ?? '')))
  const row = visitRow(unit, interaction.uid)
  const isExtended = await extend(foundation, seals, interaction, row)
  allowFormAction(ctx, held.origins(clientIdOf(interaction)))
  const factorIds = unit.seen.sessionsByUid.get(session?.uid ?? '')?.row.factor_ids ?? []
  const nameHere = () => nameOf(unit.seen.accounts.get(begun.here?.accountId ?? ''))
  const read = { ...visitOf(ctx, begun, held, nameHere), factorIds, rows: unit.seen.visit }
  const visit = { ...read, actor: actorIn(read) }
  return { visit, unit: isSignIn(interaction) && !isExtended ? unit : undefined }
}

function actorIn(visit: Omit<Visit, 'actor'>): Visit['actor'] {
  const { personId, acr, amr, provedAt, isOfThisVisit, factorIds } = visit
  if (personId === undefined) return undefined
  return answererOf({ personId, acr, provedAt, isOfThisVisit, factorIds }, amr)
}

// A visit that is used is extended, within its absolute limit. @returns whether it was
async function extend(
  { db, clock, config }: Foundation,
  seals: RowSeals,
  interaction: Interaction,
  row: ArtifactRow | undefined,
): Promise<boolean> {
  const now = epochSeconds(clock())
  const longest = config.kiosk ? kioskSeconds : absoluteSeconds
  const until = Math.min(now + idleSeconds, interaction.iat + longest)
  if (interaction.exp - now > extendBelowSeconds || until <= interaction.exp) return false
  if (row !== undefined) await extendArtifact(db, seals, { ...row, expires_at: until })
  return row !== undefined
}

type Finding = Pick<VisitParts, 'provider' | 'held' | 'addresses'>

/** A visit, while it is open in this browser. @throws Refusal with the visit's state and the way on */
async function interactionOf(
  ctx: Context,
  visitId: string,
  { provider, held, addresses }: Finding,
): Promise<BegunVisit> {
  const interaction = await provider.Interaction.find(visitId)
  if (interaction === undefined) {
    const standing = closedVisit(currentUnit(), visitId)
    throw visitRefusal(ctx, { held, addresses }, standing, 410)
  }
  // The service was suspended meanwhile, so a sign-in or a consent would be in vain.
  const clientId = clientIdOf(interaction)
  if (held.find(clientId) === undefined) throw new Refusal(held.missingCode(clientId), 400)
  const here = await currentSession(ctx, provider)
  if (isSignIn(interaction)) return { interaction, session: undefined, here }
  const origin = { clientId, ownPath: undefined }
  const way = () => wayToBeginAgain(ctx, { held, addresses }, origin)
  return { interaction, session: requireSameSession(interaction, here, way), here }
}

// An earlier answer stands if the library can go on with it. Only a person who was asked whose the open access is may still choose
// to go on as its owner.
function stands({ interaction, here }: Omit<BegunVisit, 'session'>, outcome: Outcome): boolean {
  const goesOn = isSignIn(interaction) && outcome.kind === 'nothing-to-ask'
  return interaction.result !== undefined && fitsSession(interaction, here) && !goesOn
}

function isLostRace(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'visit.at-once'
}

// A person may answer only in the session in which she was asked: not after a sign-out, and not in another person's session.
function requireSameSession(
  { session: asked }: Interaction,
  here: Session | undefined,
  way: () => WayOn,
): Session {
  const isSame = here?.uid === asked?.uid && here?.accountId === asked?.accountId
  if (here === undefined || !isSame) throw new Refusal('visit.other-session', 410, way())
  return here
}

function resultOf(outcome: Outcome, interaction: Interaction): NonNullable<Interaction['result']> {
  const before = interaction.lastSubmission ?? {}
  switch (outcome.kind) {
    case 'signed-in': {
      const { personId: accountId, acr, amr, at, factorIds, sessionEpoch } = outcome
      const { cameBy, otherDevice, invites } = outcome
      // A sign-in below the requested level would make the library ask again and again.
      const isElsewhere = isByCard(amr) && clientIdOf(interaction) !== ownService
      if (isElsewhere || !reaches(acr, levelOf(interaction)))
        return { error: 'unmet_authentication_requirements' }
      // No « remember me »: the cookie ends when the browser closes, and the session at its level's limits.
      return {
        ...before,
        login: {
          accountId,
          acr,
          amr: [...amr],
          ts: epochSeconds(at),
          remember: false,
          factorIds: [...factorIds],
          sessionEpoch,
          ...(cameBy === undefined ? {} : { cameBy }),
          ...(otherDevice === true ? { otherDevice } : {}),
          ...(invites === true ? { invites } : {}),
        },
      }
    }
    case 'nothing-to-ask':
      // After a sign-in, an earlier result is dropped: it may be of another person. Who goes on there has said that it is she, and has
      // answered no question of a service.
      return isSignIn(interaction) ? { entered: {} } : { ...before, [answeredBy(interaction)]: {} }
    case 'refused':
      return { error: outcome.error }
  }
}

// A new access was asked for once; whether she made one, or signed in, the library must not ask again.
function withCreate(
  result: NonNullable<Interaction['result']>,
  { prompt, lastSubmission }: Interaction,
): NonNullable<Interaction['result']> {
  const wasAsked = prompt.name === 'create' || lastSubmission?.['create'] !== undefined
  return wasAsked && result['error'] === undefined ? { ...result, create: {} } : result
}

// The library goes on once the result names the prompt. What she lets the service be told is in her answers, which are read again.
function answeredBy({ prompt: { name } }: Interaction): 'consent' | 'claims' | 'invitation' {
  return name === 'claims' || name === 'invitation' ? name : 'consent'
}

/**
 * Ends another person's session, with its logout notices, before someone signs in in its place, so that the two sessions are never
 * mixed and the library never shows its own page for this case.
 */
async function leaveOtherPerson(
  provider: Provider,
  interaction: Interaction,
  personId: string,
): Promise<void> {
  const { session } = interaction
  if (session?.accountId === undefined) return
  const other = await provider.Session.findByUid(session.uid)
  // The person's own session goes on. If it was ended meanwhile, a new session begins.
  if (session.accountId === personId && other !== undefined) return
  if (other !== undefined) endCurrentSession(other)
  delete interaction.session
}

// What the pages of a visit are told of it.

/** A visit, its session if it asks for a consent, and the session that is in this browser now. */
type BegunVisit = {
  readonly interaction: Interaction
  readonly session: Session | undefined
  readonly here: Session | undefined
}

function visitOf(
  ctx: Context,
  { interaction, session, here }: BegunVisit,
  held: HeldClients,
  nameHere: () => string | undefined,
): Omit<Visit, 'actor' | 'factorIds' | 'rows'> {
  const clientId = clientIdOf(interaction)
  const { prompt } = interaction
  const label = held.label(clientId)
  const language = languageOf(ctx)
  return {
    id: interaction.uid,
    needs: needsOf(interaction),
    service: label && {
      name: label.name[language],
      organisation: label.organisation[language],
      inSentence: label.inSentence[language],
      into: intoBody(label.inSentence[language], language),
    },
    // Who wants a new access is not asked to prove that she is who is signed in here.
    personId: prompt.name === 'create' ? undefined : interaction.session?.accountId,
    acr: (session ?? interaction.session)?.acr ?? '',
    amr: (session ?? interaction.session)?.amr ?? [],
    ...provedIn(interaction, session),
    sessionUid: session?.uid,
    level: levelOf(interaction),
    why: whyOf(interaction),
    maxAgeSeconds: maxAgeOf(interaction),
    clientId,
    details: detailsOf(interaction),
    claims: () => claimsIn(interaction.params),
    isAnswered: interaction.result !== undefined,
    expiresAt: new Date(interaction.exp * 1000),
    openHere: isSignIn(interaction) ? sessionOpenedSince(interaction, here) : undefined,
    entering: enteringIn(interaction, here, nameHere),
  }
}

// French enters at a body, English enters it.
function intoBody(name: string, language: Language): string {
  return language === 'fr' ? toBody(name, language) : name
}

// Where a higher level or a new proof is asked too, she proves who she is, and needs not say so.
function enteringIn(
  interaction: Interaction,
  here: Session | undefined,
  nameHere: () => string | undefined,
): Visit['entering'] {
  if (!isOnlyWhose(interaction.prompt)) return undefined
  const open = sessionBehindVisit(interaction, here)
  return open && { ...open, nickname: nameHere() }
}

function isOnlyWhose({ name, reasons }: Interaction['prompt']): boolean {
  return name === 'login' && reasons.every((reason) => reason === 'may_be_another')
}

// The session's sign-in belongs to this visit if the visit asked for it or if it happened during the visit.
function provedIn({ iat, lastSubmission }: Interaction, session: Session | undefined) {
  const at = session?.loginTs ?? 0
  const isOfThisVisit = session !== undefined && (lastSubmission?.login !== undefined || at >= iat)
  return { provedAt: new Date(at * 1000), isOfThisVisit }
}

/** Whether a visit asks who somebody is. */
function isSignIn({ prompt }: Pick<Interaction, 'prompt'>): boolean {
  return prompt.name === 'login' || prompt.name === 'create'
}

function needsOf({ prompt: { name } }: Interaction): Visit['needs'] {
  return name === 'consent' || name === 'claims' || name === 'invitation' ? name : 'login'
}

function levelOf({ prompt }: Interaction): Level | undefined {
  const { level } = prompt.details as { level?: unknown } // added by interaction-policy.ts
  return isLevel(level) ? level : undefined
}

function whyOf({ prompt, session }: Interaction): Visit['why'] {
  if (session?.accountId === undefined || prompt.name !== 'login') return undefined
  if (isOnlyWhose(prompt)) return undefined
  return prompt.reasons.includes('level_too_low') ? 'level' : 'again'
}

function maxAgeOf(interaction: Interaction): number | undefined {
  const { max_age: maxAge, prompt } = interaction.params
  // A service that asks for a new proof gets none that another body's session gives by itself.
  const isAnew = typeof prompt === 'string' && prompt.split(' ').includes('login')
  if (isAnew || whyOf(interaction) === 'again') return 0
  // A text as the service sent it, or a number where the library has looked at it before.
  return maxAge === undefined || maxAge === null || maxAge === '' ? undefined : Number(maxAge)
}

function clientIdOf(interaction: Interaction): string {
  return String(interaction.params['client_id'])
}
