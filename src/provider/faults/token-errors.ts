import type { ListedFault } from './listed-error.ts'

// The faults of a request for tokens, and of the use of one.

export const proofUsed = 'the DPoP proof was used before'

export const tokenFaults = {
  'proof-missing': {
    error: 'invalid_dpop_proof',
    status: 400,
    says: [
      {
        says: 'DPoP: the header with a proof is missing (RFC 9449)',
        for: ['DPoP proof JWT not provided'],
        error: 'invalid_dpop_proof',
      },
      {
        says: 'DPoP: the header with a proof for this token is missing (RFC 9449)',
        for: ['`DPoP` header not provided'],
        error: 'invalid_token',
      },
    ],
  },
  'proof-nonce': {
    error: 'use_dpop_nonce',
    status: 400,
    isRest: true,
    says: [],
  },
  'proof-used': {
    error: 'invalid_dpop_proof',
    status: 400,
    says: [
      { says: proofUsed, for: ['DPoP proof JWT Replay detected'], error: 'invalid_dpop_proof' },
    ],
  },
  'proof-other': {
    error: 'invalid_dpop_proof',
    status: 400,
    isRest: true,
    says: [
      { says: 'DPoP: htm must be the method of this request', for: ['DPoP proof htm mismatch'] },
      {
        says: 'DPoP: htu must be the address of this request, without query and fragment',
        for: ['DPoP proof htu mismatch'],
      },
      {
        says: 'DPoP: ath must be the SHA-256 of the token, in base64url',
        for: ['DPoP proof ath mismatch'],
      },
    ],
  },
  grant: {
    error: 'invalid_grant',
    status: 400,
    isRest: true,
    says: [],
  },
  token: {
    error: 'invalid_token',
    status: 401,
    isRest: true,
    says: [],
  },
  'token-of-another': {
    error: 'unauthorized_client',
    status: 400,
    says: [{ says: 'token: it was issued to another client' }],
  },
  'encryption-key': {
    error: 'invalid_client_metadata',
    status: 400,
    isRest: true,
    says: [{ says: 'no suitable encryption key found ({alg})' }],
  },
} satisfies Readonly<Record<string, ListedFault>>
