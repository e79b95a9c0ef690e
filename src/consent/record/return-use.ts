import type { Transaction } from '../../base/database/database.ts'
import type { Book } from '../../ledger/chain/index.ts'
import type { ConsentState } from './rows.ts'
import type { ReturnedUses } from './store.ts'
import { narrowingChain, writeReturned } from './store.ts'

type Key = Pick<ConsentState, 'personId' | 'consentId'>

/**
 * Gives one use back after the holder sent nothing. The window's count goes down only while the use's window is the current one. Where
 * the consent was narrowed since, its successor gets the use back too, since it took over the uses (docs/design/domain.md#i17).
 * @returns false where the limit lets no more uses come back, or a row is not as this broker wrote it
 */
export async function returnUse(
  tx: Transaction,
  book: Book,
  key: Key,
  windowStartedAt: Date | undefined,
): Promise<boolean> {
  const consents = await narrowingChain(tx, book, key)
  const newest = consents.at(-1)
  if (newest === undefined || !mayReturn(newest, windowStartedAt)) return false
  if (consents.some(({ isUntrusted }) => isUntrusted)) return false
  await writeReturned(
    tx,
    book,
    consents.map((consent) => ({ consent, uses: afterReturn(consent, windowStartedAt) })),
  )
  return true
}

// As often as the limits of the newest record allow uses, in all and in the window.
function mayReturn(consent: ConsentState, windowStartedAt: Date | undefined): boolean {
  const { maxUses, usesReturned, frequencyCount, windowReturned } = consent
  if (maxUses !== null && usesReturned >= maxUses) return false
  return (
    frequencyCount === null ||
    !isCountedIn(consent, windowStartedAt) ||
    windowReturned < frequencyCount
  )
}

function afterReturn(consent: ConsentState, windowStartedAt: Date | undefined): ReturnedUses {
  const inWindow = isCountedIn(consent, windowStartedAt) ? 1 : 0
  return {
    uses: consent.uses - 1,
    usesReturned: consent.usesReturned + 1,
    windowUses: consent.windowUses - inWindow,
    windowReturned: consent.windowReturned + inWindow,
  }
}

function isCountedIn({ windowStartedAt }: ConsentState, countedIn: Date | undefined): boolean {
  return countedIn !== undefined && windowStartedAt?.getTime() === countedIn.getTime()
}
