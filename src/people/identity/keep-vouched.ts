import type { Database, Transaction } from '../../base/database/database.ts'
import type { IdentitySeals, VouchedRow } from './seal.ts'
import { sealVouched, statementIn } from './seal.ts'
import { deleteVouched, putVouchedRow, vouchedRowsOf } from './store.ts'
import type { IdentityStatement, TrustedIssuer, VerifiedIdentity } from './verified-identity.ts'
import { trustedIssuers } from './trusted-issuers.ts'
import { verifiedIdentityOf } from './verified-identity.ts'
import type { VouchedClaims } from './vouched-claims.ts'
import { vouchedClaims } from './vouched-claims.ts'

/** What a provider said at a sign-in there, by an account that opens this person’s access. */
export type ProviderStatement = Omit<VouchedRow, 'sealed'> & { readonly vouched: VouchedClaims }

/**
 * Keeps what a provider said in the place of what it said before: what it says no more is gone. Nobody else corrects it.
 * @returns whether any value of hers is another one than before
 */
export async function keepVouched(
  tx: Transaction,
  seals: IdentitySeals,
  { vouched, ...said }: ProviderStatement,
): Promise<boolean> {
  const { factorId, personId } = said
  const known = (await vouchedRowsOf(tx, seals.rows, personId)).find(
    (row) => row.factorId === factorId,
  )
  const before = known === undefined ? {} : statementIn(seals, known).vouched
  const sealed = sealVouched(seals, vouched, factorId)
  if (Object.keys(vouched).length === 0) await deleteVouched(tx, personId, [factorId])
  else await putVouchedRow(tx, seals.rows, { ...said, sealed })
  return vouchedClaims.some((name) => before[name] !== vouched[name])
}

/** What a provider says, by the account elsewhere with this id among her ways in. */
export type StoredStatement = IdentityStatement & Pick<VouchedRow, 'factorId'>

/** What each provider says of a person, the latest first. */
export async function statementsOf(
  db: Database | Transaction,
  seals: IdentitySeals,
  personId: string,
): Promise<readonly StoredStatement[]> {
  const rows = await vouchedRowsOf(db, seals.rows, personId)
  return rows.map((row) => ({ ...statementIn(seals, row), factorId: row.factorId }))
}

/** What is believed of a person at this moment, by a provider that the register believes at this moment. */
export type VerifiedIdentities = {
  of(personId: string): Promise<VerifiedIdentity>
}

/** The providers that are active, by their ids. */
export type Providers = () => Promise<ReadonlyMap<string, TrustedIssuer>>
type Parts = {
  readonly db: Database
  readonly seals: IdentitySeals
  readonly providers: Providers
  /** The bodies whose desk checks papers. */
  readonly checkingBodies: () => readonly string[]
}

export function makeVerifiedIdentities({
  db,
  seals,
  providers,
  checkingBodies,
}: Parts): VerifiedIdentities {
  return {
    async of(personId) {
      const identityProviders = await providers()
      const trusted = trustedIssuers({ identityProviders, checkingBodies: checkingBodies() })
      if (trusted.length === 0) return {}
      return verifiedIdentityOf(await statementsOf(db, seals, personId), trusted)
    },
  }
}
