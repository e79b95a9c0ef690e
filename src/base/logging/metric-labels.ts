// What labels of metrics may say. A value that a caller could choose would let it make as many series as it likes, and fill the memory
// of this process and of the operator's monitoring: every label has a closed list.

export const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'other',
] as const
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const
export const statuses = [
  '200',
  '201',
  '202',
  '204',
  '206',
  '301',
  '302',
  '303',
  '304',
  '307',
  '308',
  '400',
  '401',
  '403',
  '404',
  '405',
  '406',
  '409',
  '410',
  '412',
  '413',
  '415',
  '416',
  '421',
  '422',
  '429',
  '500',
  '501',
  '502',
  '503',
  'other',
] as const

/** What a request asks of the house. How long they take differs too much for one figure. */
export const routeGroups = [
  'page',
  'asset',
  'protocol',
  'token',
  'decision',
  'search',
  'program',
  'other',
] as const

/** Why a request was not taken: its body is too large, its caller asks too often, or the house can do no more now. */
export const refusalReasons = [
  'form.too-large',
  'request.too-large',
  'too-many-attempts',
  'too-many-requests',
  'data.too-often',
  'desk.searched-often',
  'desk.suspended-often',
  'dispute.too-many',
  'sharing.busy',
  'texts.over',
  'unavailable',
  'overloaded',
  'leaving',
  'clock',
  'signer',
  'other',
] as const

/** What a job closes day by day; `log`: what the public log tells of it. */
export const dayClosings = ['refusals', 'inquiries', 'log'] as const

/** What is refused where a process gets more than it can do, by what it is (`src/base/web/endpoints.ts`). */
export const refusedRanks = ['stop', 'decision', 'sign-in', 'beginning', 'page'] as const

export const outcomes = ['permit', 'deny'] as const

/** The reasons to deny of docs/design/domain.md#reasons; a deny with another one does not compile. */
export const denyReasons = [
  'AGREEMENT_MISMATCH',
  'AGREEMENT_NOT_IN_FORCE',
  'CALLER_NOT_HOLDER',
  'CASE_MISSING',
  'CATEGORY_NOT_COVERED',
  'CONSENT_EXPIRED',
  'CONSENT_REVOKED',
  'CONSENT_SUSPENDED',
  'FREQUENCY_EXCEEDED',
  'INTERNAL',
  'LEDGER_RESTORED',
  'LOG_BEHIND',
  'MALFORMED',
  'NO_CONSENT',
  'ORGANISATION_SUSPENDED',
  'OUTSIDE_QUEBEC_NOT_ASSESSED',
  'PERIOD_MISSING',
  'PERIOD_NOT_COVERED',
  'PERSON_DECEASED',
  'PERSON_UNKNOWN',
  'PURPOSE_RETIRED',
  'PURPOSE_UNKNOWN',
  'RECORD_UNTRUSTED',
  'REQUEST_ID_REUSED',
  'SUSPENDED_AT_ONCE',
  'USES_EXHAUSTED',
] as const

/** Why a call that a holder presented was not judged further. */
export const callRefusals = ['PROOF_REFUSED', 'TOKEN_REFUSED'] as const

/** What is put together into one statement: units of the provider; of decisions, what they read and what they write. */
export const batches = ['unit-read', 'unit-write', 'facts', 'permits', 'denies'] as const

/** Disks on which a process of ours knows a folder. */
export const diskPlaces = ['ledger', 'audit', 'database'] as const
/** Certificates that our own hosts show, and those in files that we read. */
export const certificates = ['issuer', 'database', 'database-authority', 'fido-roots'] as const

/** Kinds of the register that can be suspended at once. */
export const brakedKinds = ['organisation', 'service', 'agreement', 'identity-provider'] as const

export const pools = ['web', 'prepared'] as const
export const connectionStates = ['used', 'idle'] as const
export const jobResults = ['done', 'failed', 'given-up'] as const
export const channels = ['email', 'sms'] as const
export const messageResults = ['sent', 'refused', 'failed'] as const
export const streamStates = ['enabled', 'paused', 'disabled'] as const
export const upstreamResults = ['answered', 'declined', 'untrusted', 'away'] as const

/** A list that the code, the register or the log's policy of this installation names, with the most names that it may have. */
export type NamedList<Name extends string = string> = {
  readonly named: Name
  readonly most: number
}

function named<const Name extends string>(name: Name, most: number): NamedList<Name> {
  return { named: name, most }
}

export const lists = {
  /** The routes that the rooms declare, `/me/consents/:id`. */
  route: named('route', 400),
  task: named('task', 60),
  /** Bodies of the register with something to be told. */
  receiver: named('receiver', 200),
  /** Providers of identities of the register. */
  provider: named('provider', 50),
  /** Witnesses of the log's policy, by the names of their keys. */
  witness: named('witness', 32),
  version: named('version', 1),
  schema: named('schema', 1),
} as const

export type ClosedListName = keyof typeof lists

/** The value for what is in no list, or beyond the most names that a list may have. */
export const otherLabel = 'other'
/** A longer name counts as `other`. */
export const longestName = 100
