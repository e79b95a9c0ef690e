import { timeOfId } from '../../base/values/ids.ts'
import type { Card } from '../../signin/factors/index.ts'
import { cardOf, unusedCardCodes } from '../../signin/factors/index.ts'
import type { AccessContext } from './context.ts'
import type { CardLine } from './pages.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { UpstreamWay } from '../../signin/journey/index.ts'
import type { Identity, UpstreamProvider } from '../../signin/upstream/index.ts'
import type { Blocks } from '../../people/accounts/index.ts'
import type { AccountLine, BlockLine } from './pages.ts'

/** An account elsewhere, as « Mon accès » shows it: under the name of its provider, or its address where that one is closed. */
export function accountLine(
  { factorId, issuer, createdAt, lastUsedAt, isUntrusted, isBlocked, waits }: Identity,
  { factorIds }: Pick<SignedInPerson, 'factorIds'>,
  { held, known }: Pick<UpstreamWay, 'held' | 'known'>,
  language: Language,
): AccountLine {
  const provider = [...known().values()].find((one) => one.issuer === issuer)
  return {
    id: writeId('fac', factorId),
    name: provider?.name[language] ?? new URL(issuer).host,
    createdAt,
    lastUsedAt: lastUsedAt ?? undefined,
    current: factorIds.includes(factorId),
    suspended: provider === undefined || !held().has(provider.id),
    untrusted: isUntrusted,
    blocked: isBlocked,
    waits: waits !== undefined,
  }
}

/** Whose accounts she lets open nothing, each with the value by which a form opens it again. */
export function blockLines(
  { issuers, isAll }: Blocks,
  providers: ReadonlyMap<string, UpstreamProvider>,
  language: Language,
): BlockLine[] {
  const named = new Map([...providers.values()].map((one) => [one.issuer, one.name[language]]))
  return [
    ...(isAll ? [{ value: 'all', name: undefined }] : []),
    ...issuers.map((issuer) => ({
      value: issuer,
      name: named.get(issuer) ?? new URL(issuer).host,
    })),
  ]
}

/** Her card, as « Entrer et revenir » shows it; undefined: she has none. */
export async function cardLine(
  { foundation: { db }, vault }: AccessContext,
  who: SignedInPerson,
): Promise<CardLine | undefined> {
  const card = await cardOf(db, vault.seals, who.personId)
  if (card === undefined) return undefined
  const { lastFour, madeAt, isUntrusted, waits } = card
  const endsAt = waits?.until
  const codesLeft = await unusedCardCodes(db, card.cardId)
  const isLost = waits !== undefined
  const isEndable = isLost && isOlder(who, card)
  return { lastFour, madeAt, codesLeft, isUntrusted, isLost, endsAt, isEndable }
}

/** Whether every way in that made this session is older than the card: then it ends the card for good, without a wait. */
export function isOlder(
  { factorIds }: Pick<SignedInPerson, 'factorIds'>,
  { madeAt }: Card,
): boolean {
  return factorIds.length > 0 && factorIds.every((id) => timeOfId(id) < madeAt)
}
