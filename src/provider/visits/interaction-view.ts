import type { Context } from 'koa'
import type { Interaction, Session } from 'oidc-provider'
import type { Level } from '../../base/values/assurance-levels.ts'
import { isLevel } from '../../base/values/assurance-levels.ts'
import { languageOf } from '../../base/web/page.ts'
import type { Visit } from '../../base/web/visit.ts'
import { claimsIn } from '../tokens/claims.ts'
import type { HeldClients } from '../clients/clients.ts'
import { sessionOpenedSince } from '../logout/current-session.ts'
import { detailsOf } from '../unit/interaction-paths.ts'

// What the pages of a visit are told of it.

/** A visit, its session if it asks for a consent, and the session that is in this browser now. */
export type BegunVisit = {
  readonly interaction: Interaction
  readonly session: Session | undefined
  readonly here: Session | undefined
}

export function visitOf(
  ctx: Context,
  { interaction, session, here }: BegunVisit,
  held: HeldClients,
): Omit<Visit, 'factorIds' | 'rows'> {
  const clientId = clientIdOf(interaction)
  const { prompt } = interaction
  const label = held.label(clientId)
  const language = languageOf(ctx)
  return {
    id: interaction.uid,
    needs: needsOf(interaction),
    service: label && { name: label.name[language], organisation: label.organisation[language] },
    // Who wants a new access is not asked to prove that she is who is signed in here.
    personId: prompt.name === 'create' ? undefined : interaction.session?.accountId,
    acr: (session ?? interaction.session)?.acr ?? '',
    amr: (session ?? interaction.session)?.amr ?? [],
    ...provedIn(interaction, session),
    level: levelOf(interaction),
    why: whyOf(interaction),
    maxAgeSeconds: maxAgeOf(interaction),
    clientId,
    details: detailsOf(interaction),
    claims: claimsIn(interaction.params),
    isAnswered: interaction.result !== undefined,
    expiresAt: new Date(interaction.exp * 1000),
    openHere: isSignIn(interaction) ? sessionOpenedSince(interaction, here) : undefined,
  }
}

// The session's sign-in belongs to this visit if the visit asked for it or if it happened during the visit.
function provedIn({ iat, lastSubmission }: Interaction, session: Session | undefined) {
  const at = session?.loginTs ?? 0
  const isOfThisVisit = session !== undefined && (lastSubmission?.login !== undefined || at >= iat)
  return { provedAt: new Date(at * 1000), isOfThisVisit }
}

/** Whether a visit asks who somebody is. */
export function isSignIn({ prompt }: Pick<Interaction, 'prompt'>): boolean {
  return prompt.name === 'login' || prompt.name === 'create'
}

function needsOf({ prompt }: Interaction): Visit['needs'] {
  return prompt.name === 'consent' || prompt.name === 'claims' ? prompt.name : 'login'
}

export function levelOf({ prompt }: Interaction): Level | undefined {
  const { level } = prompt.details as { level?: unknown } // added by interaction-policy.ts
  return isLevel(level) ? level : undefined
}

function whyOf({ prompt, session }: Interaction): Visit['why'] {
  if (session?.accountId === undefined || prompt.name !== 'login') return undefined
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

export function clientIdOf(interaction: Interaction): string {
  return String(interaction.params['client_id'])
}
