import type { ListedFault } from './listed-error.ts'

// The faults of a request that a person answers elsewhere (OpenID Connect CIBA Core 1.0, sections 11 and 13).

export const bindingMessageSent =
  'binding_message: the broker makes it, and answers it as accord_binding_message'
export const oneHint = 'the person is named by login_hint alone'
export const noMoreThanSignIn = 'this request is for a sign-in alone'
export const unsupportedParameter = 'is not taken at /backchannel'
export const noWholeSeconds = 'requested_expiry: must be a whole number of seconds above zero'
export const authorizationPending = 'auth_req_id: the person has not answered yet'
export const slowDown = 'auth_req_id: asked for more often than is allowed'
export const accessDenied = 'the person does not sign in'
export const requestWaits =
  'login_hint: a request of this service for this person waits already, until it is answered or over'
export const requestLimit =
  'login_hint: this organisation has asked for this person ten times within a day'

export const waitingFaults = {
  'person-unknown': {
    error: 'unknown_user_id',
    status: 400,
    isRest: true,
    says: [],
  },
  'hint-missing': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'login_hint: is missing',
        for: ['missing one of required parameters login_hint_token, id_token_hint, or login_hint'],
      },
      { says: `{name}: ${oneHint}` },
    ],
  },
  'binding-message': {
    error: 'invalid_binding_message',
    status: 400,
    says: [{ says: bindingMessageSent }],
  },
  'more-than-sign-in': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: `{name}: ${noMoreThanSignIn}` }],
  },
  'not-at-backchannel': {
    error: 'invalid_request',
    status: 400,
    says: [{ says: `{name}: ${unsupportedParameter}` }],
  },
  'request-waits': {
    error: 'access_denied',
    status: 403,
    says: [{ says: requestWaits }],
  },
  'request-limit': {
    error: 'access_denied',
    status: 403,
    says: [{ says: requestLimit }],
  },
  'notification-token': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: 'client_notification_token: must be a bearer token of at most 1024 characters',
        for: [
          'client_notification_token must be a valid Bearer token',
          'client_notification_token must not exceed 1024 characters',
        ],
      },
    ],
  },
  'requested-expiry': {
    error: 'invalid_request',
    status: 400,
    says: [
      {
        says: noWholeSeconds,
        for: ['invalid requested_expiry parameter value'],
      },
    ],
  },
  'answer-pending': {
    error: 'authorization_pending',
    status: 400,
    says: [{ says: authorizationPending }],
  },
  'slow-down': {
    error: 'slow_down',
    status: 400,
    says: [{ says: slowDown }],
  },
  'answer-over': {
    error: 'expired_token',
    status: 400,
    says: [
      { says: 'auth_req_id: is over', for: ['backchannel authentication request is expired'] },
    ],
  },
  'answer-refused': {
    error: 'access_denied',
    status: 400,
    says: [{ says: accessDenied }],
  },
} satisfies Readonly<Record<string, ListedFault>>
