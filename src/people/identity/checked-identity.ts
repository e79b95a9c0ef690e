import type { Transaction } from '../../base/database/database.ts'
import { highest } from '../../base/values/assurance-levels.ts'
import { addWays, wayOf } from '../accounts/index.ts'
import { compareIdentities } from '../comparison/index.ts'
import type { IdentitySeals } from './seal.ts'
import { sealVouched } from './seal.ts'
import { deleteVouched, putVouchedRow, vouchedRowsOf } from './store.ts'
import { deskIssuer } from './desk-issuer.ts'
import type { IdentityStatement } from './verified-identity.ts'
import type { VouchedClaims } from './vouched-claims.ts'
import { readVouchedClaims, vouchedClaims } from './vouched-claims.ts'

// What two officers of a desk saw on her papers is a statement like that of a provider: of one list, and believed by the same rule.

/** A name and a birth date as an officer typed them. @returns undefined: nobody is called, or was born, so, or it could not be compared */
export function readPapersText(
  said: { readonly given_name: string; readonly family_name: string; readonly birthdate: string },
  now: Date,
): VouchedClaims | undefined {
  const { vouched } = readVouchedClaims(said, vouchedClaims, now)
  const { given_name: givenName = '', family_name: familyName = '', birthdate = '' } = vouched
  const text = { givenName, familyName, birthDate: birthdate }
  const isReadable = compareIdentities(text, text).result === 'match'
  const isWhole = (said.given_name === '') === (givenName === '') && familyName !== ''
  return isReadable && isWhole ? vouched : undefined
}

export type CheckedIdentity = {
  /** Names it in her list and in her chain. */
  readonly checkId: string
  readonly personId: string
  /** `org_…`: at whose desk it was. */
  readonly organisation: string
  readonly vouched: VouchedClaims
  readonly at: Date
}

/** Keeps it, in the place of what the same desk saw before. @returns which that was */
export async function keepChecked(
  tx: Transaction,
  seals: IdentitySeals,
  { checkId, personId, organisation, vouched, at }: CheckedIdentity,
): Promise<string | undefined> {
  const issuer = deskIssuer(organisation)
  const held = await vouchedRowsOf(tx, seals.rows, personId)
  const before = held.find((row) => row.issuer === issuer)?.factorId
  const replacing = before === undefined ? [] : [wayOf('checked', before)]
  await addWays(tx, seals.rows, personId, { add: [wayOf('checked', checkId)], replacing }, at)
  if (before !== undefined) await deleteVouched(tx, personId, [before])
  const sealed = sealVouched(seals, vouched, checkId)
  // Two people saw two papers, with her before them.
  const row = { factorId: checkId, personId, issuer, level: highest, sealed, vouchedAt: at }
  await putVouchedRow(tx, seals.rows, row)
  return before
}

/** The statement of a check, where it still is the one of this desk. */
export function statementOfCheck(
  statements: readonly (IdentityStatement & { readonly factorId: string })[],
  { organisation, checkId }: Pick<CheckedIdentity, 'organisation' | 'checkId'>,
): IdentityStatement | undefined {
  return statements.find(
    ({ issuer, factorId }) => issuer === deskIssuer(organisation) && factorId === checkId,
  )
}
