import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors, interactionPolicy } from 'oidc-provider'
import { claimedSubject } from '../../base/keys/jws.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { highest, isByCard, reaches } from '../../base/values/assurance-levels.ts'
import { ownService } from '../../registry/index.ts'
import { present } from '../../base/values/present.ts'
import { isUnanswered } from '../tokens/claims.ts'
import { isOfDevice } from '../unit/device-code-model.ts'
import { deviceHeld } from '../faults/device-errors.ts'
import type { ClaimSource } from '../tokens/held-claims.ts'
import { levelAsked } from './acr-values.ts'
import { mayBeAnother } from './whose-access.ts'
import { demandsOf } from '../clients/profiles.ts'
import type { ConsentGrants } from '../tokens/consent-grants.ts'
import { currentUnit } from '../unit/unit.ts'

/**
 * When a person is asked: who she is, because of a level or a closed account; what the service may be told of her; what she allows, because
 * of missing consents.
 */
export function policy(
  sharing: ConsentGrants,
  held: ClaimSource,
  reached: readonly Level[],
  subjectOf: SubjectOf,
) {
  const levelOf = (ctx: KoaContextWithOIDC) => {
    const asked = levelAsked(ctx.oidc.claims.id_token?.['acr'], reached)
    // A device goes on by itself: a yes to it needs what a yes to a sharing needs. Whoever came by a card has another way in for a service.
    return (isOfDevice(ctx) || isCardElsewhere(ctx)) && !reaches(asked, highest) ? highest : asked
  }
  const prompts = interactionPolicy.base()
  const login = present(prompts.get('login'), 'the prompt login')
  askWho(login, levelOf, subjectOf)
  login.checks.add(heldCheck(held))
  askWhatIsAllowed(present(prompts.get('consent'), 'the prompt consent'), sharing)
  // Who she is comes first; what the service is told of her comes before what others may send.
  prompts.add(claimsPrompt(held), 1)
  prompts.add(invitationPrompt(), 1)
  prompts.add(createPrompt(levelOf), 0)
  return prompts
}

function isCardElsewhere({ oidc: { session, client } }: KoaContextWithOIDC): boolean {
  return isByCard(session?.amr) && client?.clientId !== ownService
}

type LevelOf = (ctx: KoaContextWithOIDC) => Level | undefined
type AskedBy = interactionPolicy.Prompt

function askWho(login: AskedBy, levelOf: LevelOf, subjectOf: SubjectOf): void {
  const { Check } = interactionPolicy
  // The library's checks want an exact match and answer login_required; ours compare levels by rank (docs/design/provider.md#levels).
  for (const check of ['essential_acr', 'essential_acrs']) login.checks.remove(check)
  // The library forgets the hint once somebody has signed in.
  login.checks.remove('id_token_hint')
  const { details } = login
  // The sign-in pages need the level, so that they do not offer ways that stay below it.
  login.details = async (ctx) => ({ ...(await details(ctx)), level: levelOf(ctx) })
  login.checks.add(
    new Check('level_too_low', 'a higher level', 'unmet_authentication_requirements', (ctx) =>
      reaches(ctx.oidc.session?.acr, levelOf(ctx)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
    ),
  )
  login.checks.add(
    new Check('account_closed', 'the account is not open', 'login_required', (ctx) =>
      ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT,
    ),
  )
  login.checks.add(
    new Check(
      'native_unproven',
      'an application that may be another',
      'interaction_required',
      (ctx) =>
        isUnproven(ctx) && ctx.oidc.result?.login === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
    ),
  )
  login.checks.add(hintCheck(subjectOf))
  login.checks.add(
    new Check(
      'may_be_another',
      'several people may use this browser',
      'interaction_required',
      async (ctx) => ((await mayBeAnother(ctx)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT),
    ),
  )
}

function askWhatIsAllowed(consent: AskedBy, sharing: ConsentGrants): void {
  // Ours asks at a loopback address alone, and asks who somebody is: a page without a question would prove nothing.
  for (const check of ['rar_prompt', 'native_client_prompt']) consent.checks.remove(check)
  consent.checks.add(
    new interactionPolicy.Check(
      'consents_missing',
      'details not yet allowed',
      'consent_required',
      (ctx) => sharing.isMissing(ctx),
    ),
  )
}

// The sign-in is complete: who leaves this page is signed in, and her next request is answered without it.
function invitationPrompt() {
  const { Check, Prompt } = interactionPolicy
  return new Prompt(
    { name: 'invitation', requestable: false },
    new Check('passkey_invitation', 'a passkey is offered', 'interaction_required', (ctx) =>
      isInvited(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  )
}

function isInvited({ oidc: { result } }: KoaContextWithOIDC): boolean {
  const { invites } = (result?.login ?? {}) as { invites?: unknown } // as interactions.ts writes it
  return invites === true && result?.['invitation'] === undefined
}

function claimsPrompt(held: ClaimSource) {
  return new interactionPolicy.Prompt(
    { name: 'claims', requestable: false },
    new interactionPolicy.Check(
      'claims_unanswered',
      'claims not yet allowed',
      'consent_required',
      (ctx) => isUnanswered(ctx, held),
    ),
  )
}

// Initiating User Registration 1.0. She may still sign in instead: the page does not know whether she has an access.
function createPrompt(levelOf: LevelOf) {
  const { Prompt } = interactionPolicy
  return new Prompt({ name: 'create', requestable: true }, (ctx) => ({ level: levelOf(ctx) }))
}

// In a session that is held no device is signed in: it would go on where nobody sees it.
function heldCheck(held: ClaimSource) {
  const { Check } = interactionPolicy
  return new Check('held', 'an access that is held', 'access_denied', async (ctx) => {
    const { session } = ctx.oidc
    if (!isOfDevice(ctx) || session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT
    if (await held.isHeldNow(currentUnit(), session.accountId, session.uid))
      throw new errors.CustomOIDCProviderError('access_denied', deviceHeld)
    return Check.NO_NEED_TO_PROMPT
  })
}

type SubjectOf = (personId: string, client: Client) => string

function hintCheck(subjectOf: SubjectOf) {
  const { Check } = interactionPolicy
  return new Check('id_token_hint', 'another person than the hint says', 'login_required', (ctx) =>
    isAnother(ctx, subjectOf) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
  )
}

/**
 * Whether the person of this session is another than `id_token_hint` says. Somebody else who signs in ends the request (OpenID Connect
 * Core, section 3.1.2.1): the service gets no code for her. @throws LoginRequired
 */
function isAnother({ oidc }: KoaContextWithOIDC, subjectOf: SubjectOf): boolean {
  const { session, client, params, result } = oidc
  const hint = params?.['id_token_hint']
  if (typeof hint !== 'string' || client === undefined || session?.accountId === undefined)
    return false
  // It was verified when the request began.
  if (claimedSubject(hint) === subjectOf(session.accountId, client)) return false
  if (result?.login !== undefined)
    throw new errors.LoginRequired('another person has signed in than id_token_hint says')
  return true
}

// Any program of a machine can listen there and name the service's id, so an open session alone must not sign anybody in
// (RFC 8252, section 8.6). A claimed https address leads to the application that owns it.
function isUnproven({ oidc: { client, params } }: KoaContextWithOIDC): boolean {
  const isNative = client !== undefined && demandsOf(client).isNative
  return isNative && !String(params?.['redirect_uri']).startsWith('https:')
}
