import type { ListedFault } from './listed-error.ts'

// The faults of a service's authentication. Only a caller with the service's key is told more than `client-authentication`.

const clocks = 'clocks may differ by 10 s'

export const jtiReused = 'jti: was used before'

export const clientFaults = {
  'client-authentication': {
    error: 'invalid_client',
    status: 401,
    isRest: true,
    says: [
      { says: 'client authentication failed' },
      // These stand in the log alone.
      { says: 'client_id: is not in the register, or suspended', for: ['client not found'] },
      {
        says: 'client_assertion: is signed with no key of the service',
        for: ['signature verification failed'],
      },
      {
        says: 'kid: no key of the service fits',
        for: ['no applicable key found in the JSON Web Key Set'],
      },
      {
        says: 'client_secret: is none of the service, or sent in another way',
        for: ['invalid secret provided'],
      },
      { says: 'jwks_uri: could not be read', for: ['invalid_client_metadata'] },
    ],
  },
  'client-method': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'client_assertion: the register has another way of authentication for this service',
        for: [
          'the provided authentication mechanism does not match the registered client authentication method',
        ],
      },
    ],
  },
} satisfies Readonly<Record<string, ListedFault>>

export const assertionFaults = {
  'assertion-audience': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'aud: must be the issuer, as a string',
        for: [
          'aud (JWT audience) must be provided in the client_assertion JWT',
          'list of audience (aud) must include the endpoint url, issuer identifier or token endpoint url',
          'audience (aud) must equal the endpoint url, issuer identifier or token endpoint url',
        ],
      },
      { says: 'aud: {rule}' },
    ],
  },
  'assertion-expired': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: `exp: is over; ${clocks}`, for: ['jwt expired'] }],
  },
  'assertion-lifetime': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: 'exp: must be within {time}' },
      {
        says: 'exp: is missing',
        for: ['expiration must be specified in the client_assertion JWT'],
      },
    ],
  },
  'assertion-clock': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: `nbf: is in the future; ${clocks}`, for: ['jwt not active yet'] },
      { says: 'iat: must not be more than a minute ahead' },
    ],
  },
  'assertion-reused': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: jtiReused, for: ['client assertion tokens must only be used once'] }],
  },
  'assertion-member': {
    error: 'invalid_client',
    status: 401,
    says: [
      {
        says: 'jti: is missing',
        for: ['unique jti (JWT ID) must be provided in the client_assertion JWT'],
      },
      {
        says: 'sub: is missing',
        for: ['sub (JWT subject) must be provided in the client_assertion JWT'],
      },
      {
        says: 'iss: is missing',
        for: ['iss (JWT issuer) must be provided in the client_assertion JWT'],
      },
      { says: 'iss: must be the client_id', for: ['iss (JWT issuer) must be the client_id'] },
    ],
  },
  'assertion-algorithm': {
    error: 'invalid_client',
    status: 401,
    says: [{ says: 'alg: is not the one of the register', for: ['alg mismatch'] }],
  },
  'assertion-form': {
    error: 'invalid_client',
    status: 401,
    says: [
      { says: 'client_assertion: must be base64url, exactly as encoded' },
      { says: 'client_assertion: kid must be a text' },
      { says: 'client_assertion: is malformed' },
    ],
  },
} satisfies Readonly<Record<string, ListedFault>>
