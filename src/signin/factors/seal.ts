import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import type { SealedSecret } from './sealed-secret.ts'

// What the seals of factors cover: every column, but the last use and the count of tries.

const secret = ['person_id', 'factor_id', 'sealed', 'wrapped_key', 'kek_id', 'sealed_year'] as const
const proofs = ['proof', 'address_mark'] as const

export const passwordTable = sealedTable('passwords', {
  seal: ['password', 1],
  covers: [...secret, ...proofs, 'created_at', 'suspended_at', 'address_proved_at'],
  unsealed: { last_used_at: 'changes with each use' },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-password',
    exported: 'password',
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'son mot de passe (HMAC d’une empreinte) et son adresse',
      en: 'her password (HMAC of a digest) and its address',
    },
    columns: {
      pseudonym: 'person_id address_mark',
      opens: 'factor_id proof wrapped_key',
      contact: 'sealed',
      technical: 'kek_id sealed_year seal',
      trace: 'created_at last_used_at suspended_at address_proved_at',
    },
  },
})

/** With the last step: whoever moved it back could use a code a second time. */
export const totpTable = sealedTable('totp_factors', {
  seal: ['totp', 1],
  covers: [...secret, 'last_step', 'created_at', 'suspended_at'],
  unsealed: { last_used_at: 'changes with each use' },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-password',
    exported: 'code_application',
    change: 'list',
    afterClosing: 'forgotten',
    why: { fr: 'son application de codes', en: 'her code application' },
    columns: {
      pseudonym: 'person_id',
      opens: 'factor_id sealed wrapped_key last_step',
      technical: 'kek_id sealed_year seal',
      trace: 'created_at last_used_at suspended_at',
    },
  },
})

/** Of a code that was not used. A used one has no seal. */
export const codeTable = sealedTable('recovery_codes', {
  seal: ['recovery code', 2],
  covers: ['code_index', 'person_id', 'proof', 'created_at', 'expires_at'],
  unsealed: {
    secret_sha256: 'of a code that was made before, and opens nothing any more',
    used_at: 'a used code has no seal',
  },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-codes',
    exported: 'recovery_codes',
    change: 'list',
    afterClosing: 'forgotten',
    why: { fr: 'ses codes de secours', en: 'her recovery codes' },
    columns: {
      opens: 'code_index secret_sha256 proof',
      pseudonym: 'person_id',
      trace: 'created_at used_at expires_at',
      technical: 'seal',
    },
  },
})

/** The row that was set aside is its content, and bears the seal that it had in use. */
export const asideTable = sealedTable('factors_set_aside', {
  seal: ['factor set aside', 1],
  covers: ['factor_id', 'person_id', 'kind', 'stands_until'],
  unsealed: {
    content:
      'a row, which bears the seal that it had in use; a member that is no column says nothing',
  },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-codes',
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce qu’un retour a remplacé, 72 heures',
      en: 'what a recovery replaced, for 72 hours',
    },
    columns: {
      opens: 'factor_id kind content stands_until',
      pseudonym: 'person_id',
      technical: 'seal',
    },
  },
})

export const enrolmentTable = sealedTable('totp_enrolments', {
  seal: ['totp enrolment', 1],
  covers: ['errand_sha256', ...secret, 'expires_at'],
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-password',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'une application qui attend son premier code',
      en: 'an application that waits for its first code',
    },
    columns: {
      opens: 'errand_sha256 factor_id sealed wrapped_key',
      pseudonym: 'person_id',
      technical: 'kek_id sealed_year seal',
      trace: 'expires_at',
    },
  },
})

export const proposalTable = sealedTable('password_proposals', {
  seal: ['password proposal', 1],
  covers: [
    'errand_sha256',
    ...secret,
    ...proofs,
    'message_id',
    'code_by',
    'proved_at',
    'expires_at',
  ],
  unsealed: { tries: 'how often a code was tried: its message is sealed' },
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-password',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'un mot de passe qui attend le code de son adresse',
      en: 'a password that waits for the code of its address',
    },
    columns: {
      opens: 'errand_sha256 factor_id proof wrapped_key message_id code_by',
      pseudonym: 'person_id address_mark',
      contact: 'sealed',
      technical: 'kek_id sealed_year seal',
      trace: 'tries proved_at expires_at',
    },
  },
})

export type PasswordProof = { readonly proof: Buffer; readonly addressMark: Buffer }

type Kept = SealedSecret & {
  readonly createdAt: Date
  readonly suspendedAt: Date | null
  readonly seal: Buffer | null
}

export type PasswordRow = Kept & PasswordProof & { readonly addressProvedAt: Date }
/** PostgreSQL's bigint comes as text; null where somebody wrote into what was set aside. */
export type TotpRow = Kept & { readonly lastStep: string | null }

export function holdsPassword(seals: RowSeals, row: PasswordRow): boolean {
  return seals.holds(passwordTable, row, row.seal)
}

export function holdsTotp(seals: RowSeals, row: TotpRow): boolean {
  const { lastStep } = row
  return (
    lastStep !== null && seals.holds(totpTable, { ...row, lastStep: BigInt(lastStep) }, row.seal)
  )
}

export function sealOfTotp(
  seals: RowSeals,
  row: Omit<TotpRow, 'seal' | 'lastStep'> & { readonly lastStep: string | number | null },
): Buffer {
  return seals.seal(totpTable, {
    ...row,
    lastStep: BigInt(present(row.lastStep, 'the last step of an application')),
  })
}

/** What the use of a code makes of an application. */
export type TotpStep = {
  readonly factorId: string
  readonly lastStep: number
  /** The seal of the row that was read. */
  readonly before: Buffer | null
  readonly seal: Buffer
}

export function sealTotpStep(seals: RowSeals, row: TotpRow, lastStep: number): TotpStep {
  const { factorId, seal: before } = row
  return { factorId, lastStep, before, seal: sealOfTotp(seals, { ...row, lastStep }) }
}

/** Of a row that was set aside, beside its content; both are null for one in use. */
export type SetAsideMark = { readonly standsUntil: Date | null; readonly asideSeal: Buffer | null }

/** Whether a row is in use, or was set aside by this broker and until then. */
export function holdsAside(
  seals: RowSeals,
  kind: 'password' | 'totp',
  { personId, factorId, standsUntil, asideSeal: seal }: SealedSecret & SetAsideMark,
): boolean {
  if (standsUntil === null) return true
  return seals.holds(asideTable, { factorId, personId, kind, standsUntil }, seal)
}
