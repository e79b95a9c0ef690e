import type { ListedFault } from './listed-error.ts'

// The faults of an authorization request, pushed or not.

export const neitherPkceNorNonce =
  'nonce: is missing, and so is code_challenge; a service of profile legacy sends one of them (RFC 9700, 2.1.1)'
export const shortNonce =
  'nonce: in the place of PKCE it has {least} characters at least, at random (OpenID Connect Core, 15.5.2)'

export const timeUnregistered =
  'max_age: the register has no max_age for this service, and it is not told when somebody signed in'

export const requestFaults = {
  'redirect-uri': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'redirect_uri: must be one of the registered, letter by letter: {registered}',
        for: ["redirect_uri did not match any of the client's registered redirect_uris"],
      },
    ],
  },
  'not-pushed': {
    error: 'invalid_request',
    status: 303,
    says: [
      {
        says: 'request_uri: is missing; push the request to /request first (RFC 9126)',
        for: ['Pushed Authorization Request must be used'],
      },
    ],
  },
  'request-uri': {
    error: 'invalid_request_uri',
    status: 400,
    isRest: true,
    says: [{ says: 'request_uri is invalid, expired, or was already used' }],
  },
  pkce: {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'code_challenge: is missing; PKCE with code_challenge_method=S256 is required (RFC 7636)',
        for: [
          'Authorization Server policy requires PKCE to be used for this request',
          'code_challenge must be provided with code_challenge_method',
        ],
      },
      {
        says: 'code_challenge_method: must be S256',
        for: [
          'code_challenge_method must be provided',
          'not supported value of code_challenge_method',
        ],
      },
      { says: 'code_challenge must be a string with {bound}' },
      { says: 'code_challenge contains invalid characters' },
      { says: 'code_verifier must be a string with {bound}' },
      { says: 'code_verifier contains invalid characters' },
    ],
  },
  'pkce-or-nonce': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: neitherPkceNorNonce }, { says: shortNonce }],
  },
  scope: {
    error: 'invalid_scope',
    status: 400,
    isRest: true,
    says: [
      { says: 'scope: openid is missing, and nothing else is asked for' },
      { says: 'openid scope must be requested {when}' },
      { says: 'scope: this service may have {scopes} here' },
    ],
  },
  'beyond-profile': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'scope: this service may ask for {scopes} alone' },
      { says: 'claims: this service may ask for acr in id_token alone' },
      { says: 'claims: this service has not registered {claim}' },
      { says: 'claims: verified_claims is told by userinfo alone' },
      { says: 'claims.userinfo.verified_claims is malformed' },
      { says: 'resource: this service may sign people in alone' },
    ],
  },
  'answer-kind': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'requested response_mode is not allowed for this client or request' },
      { says: 'unsupported response_mode requested' },
      { says: 'unsupported response_type requested' },
    ],
  },
  prompt: {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'prompt: the register has no prompt_create for this service' },
      { says: 'unsupported prompt value requested' },
      { says: 'prompt none must only be used alone' },
    ],
  },
  'sign-in-time': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: timeUnregistered }],
  },
  hint: {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'could not validate id_token_hint' },
      { says: 'claims: sub may not have a value; id_token_hint names a person' },
    ],
  },
  level: {
    error: 'unmet_authentication_requirements',
    status: 400,
    says: [
      { says: 'no sign-in here reaches the requested acr' },
      { says: 'claims.id_token.acr is malformed' },
    ],
  },
} satisfies Readonly<Record<string, ListedFault>>
