import type { ListedFault } from './listed-error.ts'

// The faults of signed request objects (RFC 9101).

export const unregisteredObject =
  'request: the register has no request_object_signing_alg for this service'
export const objectUsedTwice = 'request: its jti was used before'

export const objectFaults = {
  'request-object-unregistered': {
    error: 'request_not_supported',
    status: 400,
    isRest: true,
    says: [{ says: unregisteredObject }],
  },
  'request-object': {
    error: 'invalid_request_object',
    status: 400,
    isRest: true,
    says: [
      {
        says: 'request: is no signed JWT, or has parameters that a request object may not have (RFC 9101)',
        for: [
          'could not parse Request Object',
          'could not decrypt request object',
          'Request Object must not contain request or request_uri properties',
        ],
      },
      {
        says: 'request: must be signed by the request_object_signing_alg of the register',
        for: [
          'unsupported signed request alg',
          'the preregistered alg must be used in request or request_uri',
        ],
      },
      {
        says: 'request: no key of the service verifies its signature',
        for: ['could not validate Request Object'],
      },
      {
        says: 'request: iss must be the client_id, aud the issuer, exp ahead, and nbf not ahead',
        for: ['Request Object claims are invalid'],
      },
      {
        says: 'request: its client_id must be that of the service which sends it',
        for: [
          'request client_id must equal the one in request parameters',
          "request client_id must equal the authenticated client's client_id",
          'request client_id mismatch',
        ],
      },
      {
        says: 'request: its response_type must be that of the address',
        for: ['request response_type must equal the one in request parameters'],
      },
      { says: 'request: has more than {most} characters' },
      { says: 'request: must be base64url, exactly as encoded' },
      { says: 'request: typ must be oauth-authz-req+jwt' },
      { says: 'request: iss and client_id must be that of the service' },
      { says: 'request: sub may not be in it' },
      { says: 'request: {parameter} must be a text' },
      { says: 'request: exp must be ahead, by an hour at most' },
      { says: 'request: iat must not be ahead' },
      { says: 'request: nbf must be now, or an hour ago at most' },
      { says: 'request: jti must be a text of 1 to 255 characters' },
      { says: objectUsedTwice },
    ],
  },
  'request-object-missing': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'request: is missing; the register has require_signed_request_object for this service',
        for: ['Request Object must be used by this client'],
      },
    ],
  },
} satisfies Readonly<Record<string, ListedFault>>
