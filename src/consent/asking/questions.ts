import type { AskingContext, AskingErrand, ShowContext } from './question-context.ts'
import type { ConsentLife } from '../record/index.ts'
import { activeConsents, isLive } from '../record/index.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { Register } from '../../registry/index.ts'
import type { SortedItems } from './repeat-after-refusal.ts'
import { againKey, sortItems } from './repeat-after-refusal.ts'
import { consentToChange, settlesQuestion } from './earlier-answers.ts'
import type { AskedItem } from './ask.ts'
import { newRequest } from './ask.ts'
import { readDetail } from './details.ts'
import { DetailError } from './limits.ts'
import type { RequestRow } from './rows.ts'
import { maxItems, openRequests } from './store.ts'

// The questions of a visit, and those among them that the person's consents answer already.

export const refusalsThatAskAgain = new Set([
  'passkey.answer-refused',
  'passkey.suspended',
  'access.held',
  'consent.changed',
  'consent.key-needed',
  'consent.shown-anew',
  'consent.express-missing',
  'consent.date',
  'consent.too-many',
  'consent.too-young',
])

/** A signature that was refused: the same answer may be given again. */
export function isOfKey({ code }: Refusal): boolean {
  return code.startsWith('passkey.') || code === 'consent.key-needed'
}

// Accepts only the spelling that our links use, so that each address has one spelling.
export function isItemNo(text: string): boolean {
  return /^[1-9]\d?$/.test(text) && Number(text) <= maxItems
}

export type Questions = {
  readonly register: Register
  /** The body that asks, `org_…`. */
  readonly recipient: string
  readonly at: Date
  /** The items of this visit, without those that a consent answered before the first page; fixed from that page on. */
  readonly rows: readonly RequestRow[]
  /** Those of them that still want an answer. */
  readonly open: readonly RequestRow[]
  /** Numbers of the items that a living consent answers, among all items that the service asks. */
  readonly allowed: readonly number[]
  /** Consents that may be used or resumed. */
  readonly held: readonly ConsentLife[]
} & Omit<SortedItems, 'asked'>

/** @param known rows that the visit has shown. @throws Refusal consent.expired (410) where an item may not be asked any more */
export async function questionsOf(
  context: AskingContext,
  { visit, personId }: AskingErrand,
  known: readonly RequestRow[],
): Promise<Questions> {
  const { consents, epoch, at } = await activeConsents(
    context.foundation.db,
    context.notary.vault,
    personId,
  )
  const register = await context.live.at(epoch)
  const recipient = recipientOf(visit, register)
  const asking = { recipient, register, now: at, isGoingOn: true }
  const items = unlessExpired(() =>
    visit.details.map((detail, i) => ({ itemNo: i + 1, asked: readDetail(detail, asking) })),
  )
  const live = consents.filter((consent) => isLive(consent, register, at))
  const isAllowed = ({ asked }: Pick<AskedItem, 'asked'>) =>
    live.some((consent) => settlesQuestion(consent, asked, register))
  const allowed = items.filter(isAllowed).map(({ itemNo }) => itemNo)
  const missing = items
    .filter(({ itemNo }) => !allowed.includes(itemNo))
    .map((item) => ({
      ...item,
      amends: consentToChange(consents, item.asked, register, at)?.arrangementId,
    }))
  // Once the visit has shown an item, its items are fixed.
  const sorting = { personId, register, now: at }
  const { asked, again, silenced } =
    known.length > 0
      ? { asked: missing, again: [], silenced: [] }
      : await sortItems(context.foundation.db, againKey(visit), missing, sorting)
  const rows = known.length > 0 ? known : newRequest(asked, personId, at)
  const open = rows.filter((row) => isOpen(row) && !allowed.includes(row.itemNo))
  return { register, recipient, at, rows, open, allowed, held: consents, again, silenced }
}

export function isOpen({ state, answersSha256 }: RequestRow): boolean {
  return state !== 'answered' && answersSha256 === null
}

// An item of several that she left for later is done in this visit: it waits in « Mes partages ».
export function isDoneInVisit(row: RequestRow): boolean {
  return !isOpen(row)
}

/** Those of these items of a request that wait in « Mes partages »: no consent has settled them since. */
export async function waitingItems(
  { foundation: { db, clock } }: ShowContext,
  rows: readonly RequestRow[],
): Promise<readonly RequestRow[]> {
  const [first] = rows
  if (first === undefined) return []
  const waiting = await openRequests(db, first.personId, clock())
  return rows.filter(({ requestId, itemNo }) =>
    waiting.some((one) => one.requestId === requestId && one.itemNo === itemNo),
  )
}

/** The body that asks in this visit. @throws Refusal consent.expired (410) where its service has left the register meanwhile */
export function recipientOf({ clientId }: Pick<Visit, 'clientId'>, register: Register): string {
  const service = register.services.get(clientId)
  if (service === undefined) throw new Refusal('consent.expired', 410)
  return service.orgId
}

/** Reads what was valid when it was pushed. @throws Refusal consent.expired (410) where it is not any more: its agreement was suspended, say */
export function unlessExpired<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DetailError) throw new Refusal('consent.expired', 410)
    throw error
  }
}
