import { firstSealsOf } from '../../base/sealing/first-seals.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import type { SealedSecret } from './sealed.ts'

// What the seals of factors cover: every column, but the last use and the count of tries.

const secret = {
  personId: 'uuid',
  factorId: 'uuid',
  sealed: 'bytes',
  wrappedKey: 'bytes',
  kekId: 'bytes',
  sealedYear: 'int',
} as const
const proofs = { proof: 'bytes', addressMark: 'bytes' } as const

export const passwordSeal = sealedRow('password', 1, {
  ...secret,
  ...proofs,
  createdAt: 'time',
  suspendedAt: 'time',
  addressProvedAt: 'time',
})

/** With the last step: whoever moved it back could use a code a second time. */
export const totpSeal = sealedRow('totp', 1, {
  ...secret,
  lastStep: 'big',
  createdAt: 'time',
  suspendedAt: 'time',
})

/** Of a code that was not used. A used one has no seal. */
export const codeSeal = sealedRow('recovery code', 2, {
  codeIndex: 'text',
  personId: 'uuid',
  proof: 'bytes',
  createdAt: 'time',
  expiresAt: 'time',
})

/** The row that was set aside is its content, and bears the seal that it had in use. */
export const asideSeal = sealedRow('factor set aside', 1, {
  factorId: 'uuid',
  personId: 'uuid',
  kind: 'text',
  standsUntil: 'time',
})

export const enrolmentSeal = sealedRow('totp enrolment', 1, {
  errandSha256: 'bytes',
  ...secret,
  expiresAt: 'time',
})

export const proposalSeal = sealedRow('password proposal', 1, {
  errandSha256: 'bytes',
  ...secret,
  ...proofs,
  messageId: 'uuid',
  codeBy: 'time',
  provedAt: 'time',
  expiresAt: 'time',
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
  return seals.holds(passwordSeal, row, row.seal)
}

export function holdsTotp(seals: RowSeals, row: TotpRow): boolean {
  const { lastStep } = row
  return (
    lastStep !== null && seals.holds(totpSeal, { ...row, lastStep: BigInt(lastStep) }, row.seal)
  )
}

export function sealOfTotp(
  seals: RowSeals,
  row: Omit<TotpRow, 'seal' | 'lastStep'> & { readonly lastStep: string | number | null },
): Buffer {
  return seals.seal(totpSeal, {
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
  return seals.holds(asideSeal, { factorId, personId, kind, standsUntil }, seal)
}

export const factorsFirstSeals = [
  firstSealsOf('passwords', 'personId', passwordSeal),
  firstSealsOf('totpFactors', 'personId', totpSeal),
  firstSealsOf('recoveryCodes', 'codeIndex', codeSeal),
  firstSealsOf('factorsSetAside', 'factorId', asideSeal),
]
