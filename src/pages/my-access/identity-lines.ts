import type { Language } from '../../base/values/languages.ts'
import { shownClaim } from '../../consent/claims/index.ts'
import { compareIdentities } from '../../people/comparison/index.ts'
import type { VouchedClaims, IdentityStatement } from '../../people/identity/index.ts'
import {
  trustedClaimsOf,
  identitySeals,
  statementsOf,
  trustedIssuers,
  verifiedIdentityOf,
  vouchedClaims,
} from '../../people/identity/index.ts'
import type { AccessContext } from './context.ts'
import type { WaysInPage, VouchedLine } from './pages.ts'

// Who she is, as providers of identities vouch for it: what is believed, and what each of them says.

type Whose = { readonly personId: string; readonly language: Language }

/** What is believed of her now, and whether two accounts of hers name two people. */
export async function identityShown(
  context: AccessContext,
  { personId, language }: Whose,
): Promise<Pick<WaysInPage, 'identity' | 'isNamedTwice'>> {
  const identityProviders = await context.upstream.providers() // reads the register of now
  const { checkingBodies } = context.live.current()
  const providers = trustedIssuers({ identityProviders, checkingBodies })
  if (providers.length === 0) return { identity: [], isNamedTwice: false }
  const { db, keys } = context.foundation
  const said = await statementsOf(db, identitySeals(keys), personId)
  const heard = said.map((one) => trustedClaimsOf(one, providers).vouched)
  return {
    identity: linesOf(context, verifiedIdentityOf(said, providers), language),
    isNamedTwice: heard.some((one, n) => heard.slice(n + 1).some((other) => isAnother(one, other))),
  }
}

// A doubt is no reason to tell her: names are written in many ways.
function isAnother(one: VouchedClaims, other: VouchedClaims): boolean {
  return compareIdentities(textOf(one), textOf(other)).result === 'no_match'
}

function textOf({
  given_name: givenName = '',
  family_name: familyName = '',
  birthdate = '',
}: VouchedClaims) {
  return { givenName, familyName, birthDate: birthdate }
}

/** What the provider of one account elsewhere says of her, whether it is believed or not. */
export async function saidByAccount(
  context: AccessContext,
  { personId, language, factorId }: Whose & { readonly factorId: string },
): Promise<VouchedLine[]> {
  const { db, keys } = context.foundation
  const said = await statementsOf(db, identitySeals(keys), personId)
  const own = said.filter((one) => one.factorId === factorId)
  return linesOf(context, verifiedIdentityOf(own, own.map(believed)), language)
}

function believed({ issuer }: IdentityStatement) {
  return { issuer, vouchesFor: vouchedClaims }
}

function linesOf(
  { foundation: { words }, live }: AccessContext,
  verified: ReturnType<typeof verifiedIdentityOf>,
  language: Language,
): VouchedLine[] {
  const held = { email: undefined, verified }
  const showing = { held, register: live.current(), words, language }
  return vouchedClaims.flatMap((name) =>
    verified[name] === undefined ? [] : [{ name, ...shownClaim(showing, name) }],
  )
}
