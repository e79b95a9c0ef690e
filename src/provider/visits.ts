import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { Interaction, KoaContextWithOIDC, Provider, Session } from 'oidc-provider'
import { epochSeconds } from '../foundation/clock.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { kioskSeconds } from '../foundation/kiosk.ts'
import type { Level } from '../foundation/levels.ts'
import { isLevel, reaches } from '../foundation/levels.ts'
import { peerOf } from '../foundation/network.ts'
import { baseOf, languageOf } from '../foundation/page.ts'
import type { Quota } from '../foundation/rate-limit.ts'
import { Refusal } from '../foundation/refusal.ts'
import { allowFormAction } from '../foundation/security-headers.ts'
import type { Errand, Outcome, Visit, Visits } from '../foundation/visit.ts'
import type { Held } from './clients.ts'
import { ownService } from './clients.ts'
import { overBecause } from './resume.ts'
import { queueNotices } from './sessions.ts'
import { extendArtifact } from './store.ts'
import type { UnitRunner } from './request-unit.ts'
import { currentUnit, rowId } from './unit.ts'
import { standingOf } from './visit-row.ts'

// A visit is an OIDC interaction: the errand and the way back (ARCHITECTURE 3).

const idleSeconds = 3600
const absoluteSeconds = 4 * 3600
// Extending is a write: not at every page, but long before the end.
const extendBelowSeconds = 55 * 60

export type VisitParts = {
  readonly provider: Provider
  readonly held: Held
  readonly inUnit: UnitRunner
  /** Of visits that one network begins. */
  readonly quota: Quota
}

export function makeVisits(foundation: Foundation, parts: VisitParts): Visits {
  const { db, clock, config } = foundation
  const { provider, held, inUnit, quota } = parts

  return {
    async current(ctx) {
      const begun = await inUnit(ctx, () => interactionOf(ctx, parts))
      await extend(begun.interaction, clock())
      allowFormAction(ctx, held.origins(clientIdOf(begun.interaction)))
      return visitOf(ctx, begun, held)
    },

    async finish(ctx, visit, outcome) {
      const answer = () => inUnit(ctx, () => answered(ctx, visit, outcome))
      // A button pressed twice at once: the later press finds the answer of the first, and goes where that leads.
      const returnTo = await answer().catch((error: unknown) => {
        if (!isLostRace(error)) throw error
        return answer()
      })
      ctx.redirect(returnTo)
      ctx.status = 303
    },

    async begin(ctx, errand) {
      quota.spend({ network: peerOf(ctx) })
      ctx.redirect(await inUnit(ctx, () => pushOwnRequest(ctx, provider, errand)))
      ctx.status = 303
    },

    async leave(ctx, visitId) {
      await inUnit(ctx, async () => {
        const interaction = await provider.Interaction.find(visitId)
        // Not even where it came from is kept.
        if (interaction !== undefined) currentUnit().dropped.add(rowId('Interaction', visitId))
      })
    },
  }

  /** @returns where the visit goes on */
  async function answered(ctx: Context, visit: Visit, outcome: Outcome): Promise<string> {
    const { interaction } = await interactionOf(ctx, parts)
    if (interaction.uid !== visit.id) throw new Refusal('visit.not-found', 404)
    if (interaction.result !== undefined) return interaction.returnTo
    if (outcome.kind === 'signed-in')
      await leaveOtherPerson(provider, interaction, outcome.personId)
    interaction.result = resultOf(outcome, interaction)
    await interaction.save(interaction.exp - epochSeconds(clock()))
    return interaction.returnTo
  }

  async function extend(interaction: Interaction, now: Date): Promise<void> {
    const longest = config.kiosk ? kioskSeconds : absoluteSeconds
    const until = Math.min(epochSeconds(now) + idleSeconds, interaction.iat + longest)
    if (interaction.exp - epochSeconds(now) > extendBelowSeconds || until <= interaction.exp) return
    await extendArtifact(db, rowId('Interaction', interaction.uid), new Date(until * 1000))
  }
}

/** A visit, and the session in which a person is asked what she allows, as it is now. */
type Begun = { readonly interaction: Interaction; readonly session: Session | undefined }

type Finding = Pick<VisitParts, 'provider' | 'held'>

/** The visit of the URL, while it stands open in this browser. @throws Refusal that says what became of it, and the way on */
async function interactionOf(ctx: Context, { provider, held }: Finding): Promise<Begun> {
  const { visit = '' } = ctx['params'] as { visit?: string }
  const interaction = await provider.Interaction.find(visit)
  if (interaction === undefined) {
    const standing = standingOf(currentUnit(), visit)
    if (standing.is === 'open') throw new Error('a visit that stands open was not found')
    throw overBecause(ctx, held, standing, 410)
  }
  if (interaction.prompt.name !== 'consent') return { interaction, session: undefined }
  return { interaction, session: await requireSameSession(ctx, provider, interaction) }
}

function isLostRace(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'visit.at-once'
}

// What a person allows, she allows in the session that was asked: not after she has signed out, nor in another's place.
async function requireSameSession(
  ctx: Context,
  provider: Provider,
  interaction: Interaction,
): Promise<Session> {
  const cookie = ctx.cookies.get(provider.cookieName('session'), { signed: true })
  const session = cookie === undefined ? undefined : await provider.Session.find(cookie)
  const { session: asked } = interaction
  const isSame = session?.uid === asked?.uid && session?.accountId === asked?.accountId
  if (session?.accountId === undefined || !isSame) throw new Refusal('visit.expired', 410)
  return session
}

function visitOf(ctx: Context, { interaction, session }: Begun, held: Held): Visit {
  const clientId = clientIdOf(interaction)
  const label = held.label(clientId)
  const language = languageOf(ctx)
  return {
    id: interaction.uid,
    needs: interaction.prompt.name === 'consent' ? 'consent' : 'login',
    service: label && { name: label.name[language], organisation: label.organisation[language] },
    personId: interaction.session?.accountId,
    acr: (session ?? interaction.session)?.acr ?? '',
    amr: (session ?? interaction.session)?.amr ?? [],
    ...provedIn(interaction, session),
    level: levelOf(interaction),
    why: whyOf(interaction),
    clientId,
    details: detailsOf(interaction),
    expiresAt: new Date(interaction.exp * 1000),
  }
}

// A sign-in that this request asked for, or one in between: of either the session tells the time.
function provedIn({ iat, lastSubmission }: Interaction, session: Session | undefined) {
  const at = session?.loginTs ?? 0
  const isOfThisVisit = session !== undefined && (lastSubmission?.login !== undefined || at >= iat)
  return { provedAt: new Date(at * 1000), isOfThisVisit }
}

function levelOf({ prompt }: Interaction): Level | undefined {
  const { level } = prompt.details as { level?: unknown } // as configuration.ts puts it there
  return isLevel(level) ? level : undefined
}

function whyOf({ prompt, session }: Interaction): Visit['why'] {
  if (session?.accountId === undefined || prompt.name !== 'login') return undefined
  return prompt.reasons.includes('level_too_low') ? 'level' : 'again'
}

// Checked by the provider when they were pushed.
function detailsOf({ params }: Pick<Interaction, 'params'>): readonly unknown[] {
  const { authorization_details: text } = params
  const details: unknown = typeof text === 'string' ? JSON.parse(text) : []
  return Array.isArray(details) ? details : []
}

function clientIdOf(interaction: Interaction): string {
  return String(interaction.params['client_id'])
}

function resultOf(outcome: Outcome, interaction: Interaction): NonNullable<Interaction['result']> {
  const before = interaction.lastSubmission ?? {}
  switch (outcome.kind) {
    case 'signed-in': {
      const { personId: accountId, acr, amr, at, factorIds, sessionEpoch } = outcome
      // A sign-in below what was asked would be asked again without end (PROVIDER 5).
      if (!reaches(acr, levelOf(interaction))) return { error: 'unmet_authentication_requirements' }
      // No « remember me »: the cookie ends with the browser, the session with its level's limits.
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
        },
      }
    }
    case 'nothing-to-ask':
      return { ...before, consent: {} }
    case 'refused':
      return { error: outcome.error }
  }
}

/**
 * Someone signs in where another person's session lives: that session ends here with its notices, so that nothing
 * of the two is ever mixed and the library's own page for it is not needed (PROVIDER 6, SECURITY 61).
 */
async function leaveOtherPerson(
  provider: Provider,
  interaction: Interaction,
  personId: string,
): Promise<void> {
  const { session } = interaction
  if (session?.accountId === undefined) return
  const other = await provider.Session.findByUid(session.uid)
  // Her own goes on, unless it was ended since: then a new one begins, as for whoever had none.
  if (session.accountId === personId && other !== undefined) return
  if (other !== undefined) {
    queueNotices(currentUnit().jobs, session.accountId, other.authorizations ?? {})
    currentUnit().endedSession = currentUnit().sessions.get(`uid:${session.uid}`)
  }
  delete interaction.session
}

const pushedSeconds = 60

/** A request of our own first-party service, pushed without leaving the process. @returns where to send the browser */
async function pushOwnRequest(ctx: Context, provider: Provider, errand: Errand): Promise<string> {
  const now = epochSeconds(currentUnit().now)
  const claims = {
    client_id: ownService,
    response_type: 'code',
    redirect_uri: `${provider.issuer}/retour`,
    scope: 'openid',
    // The code is never redeemed: nobody knows the verifier of this challenge.
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    state: `${baseOf(ctx)}${errand.returnTo}`,
    ...(errand.level === undefined ? {} : { acr_values: errand.level }),
    ...(errand.maxAgeSeconds === undefined ? {} : { max_age: errand.maxAgeSeconds }),
    ...(languageOf(ctx) === 'en' ? { ui_locales: 'en' } : {}),
    iss: ownService,
    aud: provider.issuer,
    iat: now,
    nbf: now,
    exp: now + pushedSeconds,
  }
  // An unsecured JWT, as the library itself stores pushed parameters (RFC 9126); it never leaves.
  const request = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const pushed = new provider.PushedAuthorizationRequest({ request: `${request.join('.')}.` })
  const id = await pushed.save(pushedSeconds)
  const query = new URLSearchParams({
    client_id: ownService,
    request_uri: `urn:ietf:params:oauth:request_uri:${id}`,
  })
  return `${provider.issuer}/auth?${query.toString()}`
}

/** Where a visit's page is. French, unless the service asked for English; the notice of attestation stands before it. */
export function visitUrl(ctx: KoaContextWithOIDC, interaction: Interaction): string {
  const { uid, prompt } = interaction
  const isConsent = prompt.name === 'consent' && detailsOf(interaction).length > 0
  const french = isConsent ? `/partage/demande/${uid}` : `/connexion/${uid}`
  const uiLocales: unknown = ctx.oidc.params?.['ui_locales']
  return typeof uiLocales === 'string' && /^en\b/.test(uiLocales) ? `/en${french}` : french
}
