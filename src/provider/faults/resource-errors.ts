import type { ListedFault } from './listed-error.ts'

// The faults of a request for a sharing, or for a token of an API.

export const resourceFaults = {
  'member-unknown': {
    error: 'invalid_authorization_details',
    status: 400,
    says: [{ says: '{member}: is not a known member' }],
  },
  details: {
    error: 'invalid_authorization_details',
    status: 400,
    isRest: true,
    says: [],
  },
  'resource-missing': {
    error: 'invalid_target',
    status: 400,
    says: [
      { says: 'resource: missing, the API that the token is for' },
      {
        says: 'resource: missing; it must be the API in locations of authorization_details',
        for: [
          'resource indicator must be provided or defaulted to when Rich Authorization Requests are used',
        ],
      },
    ],
  },
  'resource-unknown': {
    error: 'invalid_target',
    status: 400,
    isRest: true,
    says: [
      {
        says: 'resource: is no API of the register that this service may have a token for',
        for: ['resource indicator is missing, or unknown'],
      },
      {
        says: 'resource: must be an absolute address without a fragment',
        for: [
          'resource indicator must be an absolute URI',
          'resource indicator must not contain a fragment component',
        ],
      },
    ],
  },
  'resource-alone': {
    error: 'invalid_target',
    status: 400,
    says: [{ says: 'resource: authorization_details ask for nothing of this API' }],
  },
} satisfies Readonly<Record<string, ListedFault>>
