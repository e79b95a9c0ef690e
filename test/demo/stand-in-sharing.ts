import {
  type Configuration,
  errors,
  interactionPolicy,
  type InteractionResults,
} from 'oidc-provider'

/** The person at the stand-in issuer: who she is, what she allows, and how her tokens live. */
export type Person = {
  readonly type: string
  tokenSeconds: number
  /** The same for the tokens that services get for themselves. */
  ownTokenSeconds: number
  isRenewable: boolean
  /** What she does when asked to sign in, and when asked to allow a sharing. */
  answerWith(answer: 'marie' | 'refuse'): void
  /** The optional categories that she ticks; none at first. */
  tick(...categories: string[]): void
  /** Members of the granted details that a broken issuer gets wrong. */
  distort(members: Record<string, unknown>): void
  stop(): void
  isSharing(): boolean
  answersTo(prompt: string): InteractionResults
  granted(asked: unknown): Detail[]
}

type Detail = { readonly type: string; readonly [member: string]: unknown }

export function openPerson(issuer: string): Person {
  let answer: 'marie' | 'refuse' = 'marie'
  let ticked: string[] = []
  let distortion: Record<string, unknown> = {}
  let isSharing = false
  const type = `${issuer}/rar/communication/v1`
  return {
    type,
    tokenSeconds: 300,
    isRenewable: true,
    ownTokenSeconds: 300,
    answerWith: (next) => void (answer = next),
    tick: (...categories) => void (ticked = categories),
    distort: (members) => void (distortion = members),
    stop: () => void (isSharing = false),
    isSharing: () => isSharing,
    answersTo(prompt) {
      if (answer === 'refuse') return { error: 'access_denied' }
      if (prompt === 'login')
        return { login: { accountId: answer, acr: 'urn:accord:aal:2', amr: ['pop', 'mfa'] } }
      isSharing = true
      return { consent: {} }
    },
    granted: (asked) => (isSharing && Array.isArray(asked) ? asked.map(grant) : []),
  }

  function grant(asked: Record<string, unknown>): Detail {
    const { optional_datatypes: optional = [], datatypes, ...rest } = asked
    // What the law allows has no consent, and says on what it rests.
    if (!('optional_datatypes' in asked))
      return { ...versioned(asked), type, legal_basis: 'agreement_68_1', ...distortion }
    const allowed = [datatypes, ticked].flat()
    return {
      ...versioned(rest),
      type,
      datatypes: allowed,
      declined: [optional].flat().filter((category) => !allowed.includes(category)),
      consent_id: 'con_01JD9ZK3Y8HT2V5E9M4C7A0QPD',
      status: 'active',
      valid_until: '2027-09-01T04:00:00.000Z',
      ...distortion,
    }
  }
}

// The answer adds the versions in force.
function versioned(asked: Record<string, unknown>) {
  return {
    ...asked,
    identifier: `${String(asked['identifier'])}@3`,
    agreement: `${String(asked['agreement'])}@3`,
    purpose: `${String(asked['purpose'])}@2`,
  }
}

/** The broker's features for sharing, as far as its two sides see them. */
export function sharingFeatures(issuer: string, person: Person): Configuration['features'] {
  const live = (source: { readonly rar?: unknown } | undefined) => {
    const details = person.granted(source?.rar)
    if (details.length === 0) throw new errors.InvalidGrant('nothing is allowed any more')
    return details
  }
  return {
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy(_ctx, client, token) {
        if (!person.isSharing() || !('accountId' in token)) return false
        Object.assign(token, {
          extra: { sub: `${token.accountId} at ${client.clientId}` },
          sid: undefined,
        })
        return true
      },
    },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: (_ctx, source) => Boolean(source.rar),
      getResourceServerInfo(_ctx, resource) {
        const scope = {
          [`${issuer}/access`]: 'decide',
          [`${issuer}/disclosures`]: 'report',
          [`${issuer}/ssf`]: 'ssf.read ssf.manage',
        }[resource]
        return { scope: scope ?? '', audience: resource, accessTokenFormat: 'opaque' }
      },
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { [person.type]: { validate: () => undefined } },
      authorizationDetailsForGrantSource: (ctx) => askedIn(ctx.oidc.params),
      authorizationDetailsForAccessToken: (_ctx, _token, source) => live(source),
      authorizationDetailsForIntrospection: (_ctx, token) => ('rar' in token ? token.rar : []),
    },
  }
}

/** Asks once, and not again while the sharing lives. */
export function sharingPolicy(person: Person) {
  const { base, Check } = interactionPolicy
  const prompts = base()
  const consent = prompts.get('consent')
  consent?.checks.remove('rar_prompt')
  consent?.checks.add(
    new Check('missing', 'not allowed yet', 'consent_required', ({ oidc }) =>
      askedIn(oidc.params).length > 0 && !person.isSharing() && !oidc.result?.consent
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT,
    ),
  )
  return prompts
}

function askedIn(parameters: Readonly<Record<string, unknown>> = {}): Detail[] {
  const { authorization_details: text } = parameters
  return typeof text === 'string' ? JSON.parse(text) : []
}
