import type { ListedFault } from './listed-error.ts'

// The faults of what any request of a service is made of.

export const noBackchannel =
  'grant_types: the register does not have the grant of sign-in requests for this service'
export const noDevice =
  'grant_types: the register does not have the grant of devices for this service'

export const parameterFaults = {
  'not-registered': {
    error: 'unauthorized_client',
    status: 400,
    says: [
      {
        says: 'grant_type: the register does not have it for this service',
        for: ['requested grant type is not allowed for this client'],
        error: 'unauthorized_client',
      },
      {
        says: noDevice,
      },
      {
        says: noBackchannel,
      },
      {
        says: 'response_type: the register does not have it for this service',
        for: ['requested response_type is not allowed for this client'],
        error: 'unauthorized_client',
      },
    ],
  },
  'parameter-missing': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'missing required parameter {name}' },
      { says: 'missing required parameters {names}' },
    ],
  },
  'parameter-beside': {
    error: 'invalid_request',
    status: 303,
    says: [{ says: '{name}: may not stand beside request_uri' }],
  },
  'parameter-twice': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: '{name}: sent more than once' }],
  },
  'parameter-long': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: '{name}: has more than {count} characters' }],
  },
  'body-large': {
    error: 'invalid_request',
    status: 413,
    says: [
      {
        says: 'the body has more than 56 KiB',
        for: ['request entity too large'],
        error: 'invalid_request',
        status: 413,
      },
    ],
  },
  'authentication-form': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'client_id: is missing, and no client_assertion names the service',
        for: ['no client authentication mechanism provided'],
      },
      {
        says: 'client_id: is another one than in the client_assertion or the Authorization header',
        for: ['client_id mismatch'],
      },
      {
        says: 'client_assertion: is no JWT (RFC 7523)',
        for: ['invalid client_assertion format'],
      },
      {
        says: 'client_assertion_type: must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        for: ['client_assertion_type must be provided'],
      },
      {
        says: 'Authorization: must be Basic with client_id and client_secret (RFC 6749, section 2.3.1)',
        for: [
          'invalid authorization header value format',
          'client_secret must be provided in the Authorization header',
        ],
      },
      {
        says: 'client authentication: was sent in more than one way',
        for: ['client authentication must only be provided using one mechanism'],
      },
    ],
  },
  'body-form': {
    error: 'invalid_request',
    status: 400,
    says: [
      { says: 'the body cannot be read as a form', for: ['failed to parse the request body'] },
    ],
  },
} satisfies Readonly<Record<string, ListedFault>>
