import { writeId } from '../../base/platform/ids.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { SignedIn } from '../../base/web/person.ts'
import type { Identity, UpstreamProvider } from '../../signin/upstream/index.ts'
import type { AccountLine } from './pages.ts'

/** An account elsewhere, as « Mon accès » shows it: under the name of its provider, or its address where that one is not active. */
export function accountLine(
  { factorId, issuer, createdAt, lastUsedAt, isUntrusted }: Identity,
  { factorIds }: Pick<SignedIn, 'factorIds'>,
  providers: ReadonlyMap<string, UpstreamProvider>,
  language: Language,
): AccountLine {
  const provider = [...providers.values()].find((one) => one.issuer === issuer)
  return {
    id: writeId('fac', factorId),
    name: provider?.name[language] ?? new URL(issuer).host,
    createdAt,
    lastUsedAt: lastUsedAt ?? undefined,
    current: factorIds.includes(factorId),
    suspended: provider === undefined,
    untrusted: isUntrusted,
  }
}
