import type { Plan, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'

// OpenID Connect Discovery 1.0 and RFC 8414: the metadata, and the keys that they lead to.

export const configPlan: Plan = {
  name: 'oidcc-config-certification-test-plan',
  variant: { server_metadata: 'discovery', client_registration: 'static_client' },
  modules: [
    {
      name: 'oidcc-discovery-endpoint-verification',
      judge(trial) {
        checkMetadata(trial)
        checkKeys(trial)
        return Promise.resolve()
      },
    },
  ],
}

const demandedEndpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
]
const demandedLists = [
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
]
const usualLists = ['scopes_supported', 'claims_supported', 'response_modes_supported']

function checkMetadata(trial: Trial): void {
  const { metadata, judged } = trial
  equal(metadata['issuer'], judged.issuer, 'issuer')
  const { protocol, search, hash } = new URL(judged.issuer)
  equal(`${protocol}${search}${hash}`, 'https:', 'the scheme, query and fragment of issuer')
  for (const name of demandedEndpoints) demand(name in metadata, `${name} is missing`)
  for (const [name, value] of Object.entries(metadata))
    if (/(_endpoint|_uri)$/.test(name))
      demand(/^https:\/\/[^#]+$/.test(String(value)), `${name} is no https address`)
  for (const name of demandedLists) demand(listIn(trial, name).length > 0, `${name} is empty`)
  for (const name of usualLists)
    if (listIn(trial, name, []).length === 0) trial.warn(`${name} is missing`)
  demand(listIn(trial, 'response_types_supported').includes('code'), 'no response type code')
  demand(listIn(trial, 'id_token_signing_alg_values_supported').includes('RS256'), 'no RS256')
  demand(listIn(trial, 'scopes_supported').includes('openid'), 'no scope openid')
  for (const one of listIn(trial, 'subject_types_supported'))
    demand(['pairwise', 'public'].includes(one), `a subject type ${one}`)
  demand(listIn(trial, 'grant_types_supported').includes('authorization_code'), 'no grant by code')
  demand(listIn(trial, 'code_challenge_methods_supported').includes('S256'), 'no PKCE by S256')
  demand(!listIn(trial, 'code_challenge_methods_supported').includes('plain'), 'PKCE by plain')
  // RFC 6749, section 3.3.
  for (const scope of listIn(trial, 'scopes_supported'))
    demand(/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(scope), `the scope ${scope} has other characters`)
  for (const locale of listIn(trial, 'ui_locales_supported', []))
    equal(Intl.getCanonicalLocales(locale)[0], locale, 'a locale')
  for (const name of ['claims_parameter_supported', 'request_parameter_supported'])
    demand(typeof (metadata[name] ?? true) === 'boolean', `${name} is no boolean`)
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

function checkKeys({ published }: Trial): void {
  const { keys } = published as { readonly keys?: readonly Readonly<Record<string, unknown>>[] }
  demand(Array.isArray(keys) && keys.length > 0, 'jwks_uri has no keys')
  const kids = keys.map(({ kid }) => kid)
  demand(
    kids.every((kid) => typeof kid === 'string' && kid !== ''),
    'a key has no kid',
  )
  equal(new Set(kids).size, kids.length, 'the number of keys, each kid counted once,')
  for (const key of keys) {
    const secret = privateMembers.find((member) => member in key)
    demand(secret === undefined, `a key has the private member ${secret}`)
    demand(['RSA', 'EC', 'OKP'].includes(String(key['kty'])), `a key of type ${String(key['kty'])}`)
    if (key['kty'] === 'RSA')
      demand(Buffer.from(String(key['n']), 'base64url').length >= 256, 'RSA of under 2,048 bits')
  }
}

export function listIn({ metadata }: Trial, name: string, otherwise?: readonly string[]) {
  const value = metadata[name] ?? otherwise
  demand(Array.isArray(value), `${name} is no list`)
  return value as readonly string[]
}
