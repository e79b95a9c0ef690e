import type { Transaction } from '../../base/database/database.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import type { SearchAnswer, SearchAsked, SearchingOfficer } from '../../people/searches/index.ts'
import { findFor } from '../../people/searches/index.ts'
import { suspendAccess } from '../my-access/index.ts'

/** Who suspends an access at the request of its person. It only takes away: nobody else is asked. */
export const suspendingActs = ['confirm', 'audit', 'incident'] as const

export type SuspensionAnswer = Exclude<SearchAnswer, 'open'>

const origin = { requestId: 'desk', network: undefined }

/**
 * Suspends the access to which a reference of the body leads, at the request of its person: it is a search, and she reads of both.
 * @returns what the access is now; `closed`: it was closed before, and nothing was done
 * @throws Refusal desk.act (403)
 */
export async function suspendAtRequest(
  _: CountedTry,
  tx: Transaction,
  { sessions, now, ...vault }: MandateVault & { readonly sessions: Sessions; readonly now: Date },
  by: SearchingOfficer,
  asked: SearchAsked,
): Promise<SuspensionAnswer> {
  const { answer, personId } = await findFor(tx, vault, by, asked, suspendingActs)
  if (personId === undefined || answer !== 'open') return answer === 'open' ? 'none' : answer
  const { organisation } = by
  const author = { actor: { type: 'organisation', organisation } } as const
  const suspending = { vault: vault.vault, sessions }
  await suspendAccess(tx, suspending, { personId, by: author, origin }, now)
  return 'suspended'
}
