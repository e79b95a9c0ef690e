import type { Camel } from '../../base/database/tables.ts'
import type { ConsentRow, limits } from './tables.ts'

// Rows of this room's tables: register objects by number, sets of categories as masks.

export type { ConsentRow, State, SuspensionCause } from './tables.ts'

/** A person uses a service. */
export type Connection = {
  readonly connectionId: string
  readonly serviceId: string
  readonly firstUsedAt: Date
  readonly lastUsedAt: Date
}

/** The limits that a question fixes; an answer's record and the state of the consent have the same. */
export type ConsentTerms = Pick<ConsentRow, Camel<(typeof limits)[number]>>

/** A row as it was read, with the verdict on it. */
export type ConsentState = ConsentRow & {
  /** The row is not as this broker wrote it last: it permits nothing. */
  readonly isUntrusted: boolean
}

export type ConsentListed = ConsentState & { readonly declined: bigint }

/** With the column that only the person's own pages and deeds need. */
export type ConsentLife = ConsentListed & {
  /** When this record was given. */
  readonly grantedAt: Date
}

/** With the columns that only the person's lists need. */
export type OwnConsent = ConsentLife & {
  /** Whether it answered a request to change another consent. */
  readonly isChange: boolean
}

/** The columns of `consent_record`. A row is never updated. */
export type ConsentRecord = ConsentTerms & {
  readonly consentId: string
  readonly arrangementId: string
  readonly versionInArrangement: number
  readonly supersedesConsentId: string | null
  readonly personId: string
  readonly requestId: string
  readonly agreement: number
  readonly purpose: number
  readonly dataset: number
  readonly legalBasisId: string
  readonly holder: number
  readonly recipient: number
  readonly categoriesGranted: bigint
  readonly categoriesDeclined: bigint
  readonly express: boolean
  readonly oneTime: boolean
  readonly validFrom: Date
  readonly validUntil: Date
  readonly validUntilLocal: string
  readonly tz: string
  readonly presentationId: string
  readonly textPairSha256: Buffer
  readonly channel: 'web'
  readonly acr: string
  readonly amr: readonly string[]
  /** The body whose desk saw with her as she answered, `org_…`, and in which role; null: nobody helped. */
  readonly officeOrg: string | null
  readonly officeRole: string | null
  readonly createdAt: Date
}
