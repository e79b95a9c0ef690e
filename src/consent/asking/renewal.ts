import type { ConsentLife, Lookback } from '../record/index.ts'
import {
  categoriesIn,
  consentState,
  isMeaningChanged,
  lookbackOf,
  stateAfterMove,
} from '../record/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { isAskable, newRequest } from './ask.ts'
import type { ResolvedQuestion } from './details.ts'
import { readDetail } from './details.ts'
import { DetailError } from './limits.ts'
import type { RequestRow } from './rows.ts'
import { openRequests } from './store.ts'
import { lastMoment } from './limits.ts'

// A person asks to prolong a consent, or to answer again what means something else now: the question is the one that the service would ask, in the same arrangement, with the text in
// force. Once it was shown, it waits among her open questions until she answers it: asking is no yes.

/** The sharing and its person, and the register by which it is asked for today. */
export type RenewalRequest = {
  readonly personId: string
  readonly consentId: string
  readonly register: Register
}

/** Whether the same may be asked today, for longer or because it means something else: only then does the page show the button. */
export function isRenewable(consent: ConsentLife, register: Register, now: Date): boolean {
  return askedAgain(consent, register, now) !== undefined
}

/**
 * The question that asks the same again: the one that waits already, or a new one, which its first showing records.
 * @throws Refusal sharing.not-found (404), renewal.impossible (409); IllegalTransition (409)
 */
export async function askRenewal(
  tx: Transaction,
  vault: Vault,
  renewing: RenewalRequest,
): Promise<{ readonly row: RequestRow; readonly isWaiting: boolean }> {
  const { personId, consentId, register } = renewing
  const book = await openBook(tx, vault, personId)
  const { now } = book
  const consent = await consentState(tx, book, { personId, consentId })
  if (consent === undefined) throw new Refusal('sharing.not-found', 404)
  stateAfterMove(consent, 'superseded', now)
  const asked = askedAgain(consent, register, now)
  if (asked === undefined) throw new Refusal('renewal.impossible', 409)
  const amends = consent.arrangementId
  const waiting = await openRequests(tx, personId, now)
  const same = waiting.find((row) => row.amends === amends && isAskable(row, register, now))
  if (same !== undefined) return { row: same, isWaiting: true }
  const [row] = newRequest([{ itemNo: 1, asked, amends }], personId, now)
  return { row: present(row, 'the item of a renewal'), isWaiting: false }
}

function askedAgain(
  consent: ConsentLife,
  register: Register,
  now: Date,
): ResolvedQuestion | undefined {
  const lastDay = dayOf(lastMoment(consent.validUntil))
  const isOther = isMeaningChanged(consent, register)
  const detail = detailOf(consent, register)
  // A consent that means something else now is asked until the last day that she chose.
  const until = isOther ? { duration: { until: lastDay } } : {}
  try {
    const asking = { recipient: detail.recipient, register, now }
    const asked = readDetail({ ...detail, ...until }, asking)
    const days = lookbackAgain(consent, lastDay, asked)
    if (days === 'lost' || (!isOther && asked.lastDay <= lastDay)) return undefined
    return { ...asked, lookback: days }
  } catch (error) {
    if (error instanceof DetailError) return undefined
    throw error
  }
}

// The request as a service would make it today: it leaves out what the register no longer allows.
function detailOf(consent: ConsentLife, register: Register) {
  const agreement = present(register.agreementByNo(consent.agreement), 'the agreement of a consent')
  const allowed = present(register.purposeByNo(consent.purpose), 'the purpose of a consent')
  const purpose = present(register.purpose(allowed.id), 'the version in force')
  const dataset = present(register.datasetByNo(consent.dataset), 'the dataset of a consent')
  const ids = categoriesIn(dataset, consent.categories | consent.declined)
  return {
    type: '',
    locations: [dataset.resourceServer],
    actions: ['disclose'],
    datatypes: ids.filter((id) => purpose.necessity[id] === 'required'),
    optional_datatypes: ids.filter((id) => purpose.necessity[id] !== 'required'),
    identifier: dataset.id,
    agreement: agreement.id,
    purpose: purpose.ref,
    recipient: agreement.recipient,
    holder: agreement.holder,
  }
}

function lookbackAgain(consent: ConsentLife, lastDay: string, asked: ResolvedQuestion) {
  const lookback = lookbackOf(consent)
  if (lookback === undefined) return asked.lookback
  return continuedLookback(lookback, lastDay, asked) ?? 'lost'
}

/** The days that she allowed, as far as they may still be asked for; days until the sharing's end go on until its new end. */
export function continuedLookback(
  { from, to }: Lookback,
  lastDay: string,
  asked: Pick<ResolvedQuestion, 'lookback' | 'lastDay'>,
): Lookback | undefined {
  const first = asked.lookback?.from ?? from
  const days = { from: from < first ? first : from, to: to < lastDay ? to : asked.lastDay }
  return days.from <= days.to ? days : undefined
}
