import { requiresConsent } from './legal-bases.ts'
import { idOf } from './objects.ts'
import type { Agreement } from './objects.ts'
import type { Shelf } from './object-index.ts'

// Which agreements that need no consent are about which recipient, dataset and purpose.

/** Ids, whatever their versions. */
export type LawfulUse = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
}

/** Names a use. */
export function useKey({ recipient, dataset, purpose }: LawfulUse): string {
  return `${recipient} ${dataset} ${purpose}`
}

/** The agreements that need no consent, by their uses. */
export function lawfulUses({ current }: Shelf<Agreement>): Map<string, Set<Agreement>> {
  const found = new Map<string, Set<Agreement>>()
  for (const item of current.filter((other) => !requiresConsent(other)))
    for (const { dataset } of item.datasets)
      for (const purpose of item.purposes) {
        const use = { recipient: item.recipient, dataset: idOf(dataset), purpose: idOf(purpose) }
        found.set(useKey(use), (found.get(useKey(use)) ?? new Set()).add(item))
      }
  return found
}
