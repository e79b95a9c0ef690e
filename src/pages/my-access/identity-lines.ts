import type { Language } from '../../base/platform/languages.ts'
import { shownClaim } from '../../consent/claims/index.ts'
import type { VouchedBy } from '../../people/identity/index.ts'
import {
  identitySeals,
  statementsOf,
  verifiedBy,
  vouchedClaims,
} from '../../people/identity/index.ts'
import type { AccessContext } from './context.ts'
import type { VouchedLine } from './pages.ts'

// Who she is, as providers of identities vouch for it: what is believed, and what each of them says.

type Whose = { readonly personId: string; readonly language: Language }

/** What is believed of her now. */
export async function identityLines(
  context: AccessContext,
  { personId, language }: Whose,
): Promise<VouchedLine[]> {
  const providers = [...(await context.upstream.providers()).values()]
  if (providers.length === 0) return []
  const { db, keys } = context.foundation
  const said = await statementsOf(db, identitySeals(keys), personId)
  return linesOf(context, verifiedBy(said, providers), language)
}

/** What the provider of one account elsewhere says of her, whether it is believed or not. */
export async function saidByAccount(
  context: AccessContext,
  { personId, language, factorId }: Whose & { readonly factorId: string },
): Promise<VouchedLine[]> {
  const { db, keys } = context.foundation
  const said = await statementsOf(db, identitySeals(keys), personId)
  const own = said.filter((one) => one.factorId === factorId)
  return linesOf(context, verifiedBy(own, own.map(believed)), language)
}

function believed({ issuer }: VouchedBy) {
  return { issuer, vouchesFor: vouchedClaims }
}

function linesOf(
  { foundation: { words }, live }: AccessContext,
  verified: ReturnType<typeof verifiedBy>,
  language: Language,
): VouchedLine[] {
  const held = { email: undefined, verified }
  const showing = { held, register: live.current(), words, language }
  return vouchedClaims.flatMap((name) =>
    verified[name] === undefined ? [] : [{ name, ...shownClaim(showing, name) }],
  )
}
