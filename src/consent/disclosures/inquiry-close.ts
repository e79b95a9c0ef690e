import { dayOf, timeZone } from '../../base/values/calendar.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { DayClosing } from '../../base/jobs/day-closing.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { present } from '../../base/values/present.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { LiveRegister, Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { registerEpoch } from '../record/index.ts'
import { setAnomalies } from './anomaly-store.ts'
import type { DecisionAbout, OpenExcuse, OpenTally } from './inquiry-store.ts'
import {
  addTotals,
  decisionsAbout,
  insertInquiryDay,
  openInquiries,
  takeOpen,
} from './inquiry-store.ts'
import type { ExcusedCounts, SharingInquiry, InquiryDayRow } from './rows.ts'
import { inquiryWhys } from './rows.ts'

// The job that closes a day of introspections (decision 0180): what was introspected without a decision after it is an event of the
// person's chain, and she and both bodies read it.

/** After midnight in Québec a day waits so long, as a day of denies: counts and decisions of that day still arrive for ten minutes. */
const marginSeconds = 30 * 60
const pageSize = 500
/** A million days of people; the next run goes on. */
const maxPages = 2000
const unwritten = 'the introspections of a day could not be written'

/** What holders introspected in a day. */
export const inquiriesClosing: DayClosing = { name: 'inquiries', view: 'inquiries_closed' }

type Closing = {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
  readonly log: Log
}

/**
 * Closes the days in Québec that are over, the oldest first. Several processes may do so at once, and a run that was stopped is taken up
 * by the next one: what was counted goes in the transaction that tells of it. A failure for one person does not hold up the others.
 * @returns how many people's days were closed
 */
export async function closeInquiries(closing: Closing, now: Date): Promise<number> {
  const { db, log } = closing
  const end = dayOf(secondsAfter(now, -marginSeconds))
  let closed = 0
  let after: { readonly day: string; readonly personId: string } | undefined
  for (let n = 0; n < maxPages; n++) {
    const page = await openInquiries(db, end, after, pageSize)
    const register = await closing.live.at(await registerEpoch(db))
    for (const [day, of] of Map.groupBy(page, (one) => one.day)) {
      const people = of.map(({ personId }) => personId)
      const run = await isolateEach(people, log, unwritten, (personId) =>
        closeFor({ ...closing, register }, personId, day),
      )
      closed += run.done
    }
    if (page.length < pageSize) break
    after = page.at(-1)
  }
  return closed
}

type ClosingOne = Closing & { readonly register: Register }

async function closeFor(
  { db, vault, register }: ClosingOne,
  personId: string,
  day: string,
): Promise<number> {
  return transact(db, async (tx) => {
    const book = await openBook(tx, vault, personId)
    const { tallies, excuses } = await takeOpen(tx, { personId, day })
    const decisions = await decisionsAbout(tx, { personId, day })
    const judged = judge({ tallies, excuses, decisions }, register)
    for (const one of judged) if (isTold(one)) await tell(tx, book, one, register)
    await addTotals(tx, day, totalsOf(judged))
    return tallies.length + excuses.length === 0 ? 0 : 1
  })
}

/** A sharing of a day, with what became of its introspections. */
export type JudgedInquiry = SharingInquiry &
  Pick<InquiryDayRow, 'introspected' | 'decided' | 'excused' | 'undecided'>

type OfDay = {
  readonly tallies: readonly OpenTally[]
  readonly excuses: readonly OpenExcuse[]
  readonly decisions: readonly DecisionAbout[]
}

/**
 * How many introspections of each sharing a decision followed, how many the holder excused, and how many are left. A decision names data,
 * bodies and purpose, and may be about any sharing of these: so it counts for one introspection of them. What is left is therefore never
 * more than the truth. Pure.
 */
export function judge({ tallies, excuses, decisions }: OfDay, register: Register): JudgedInquiry[] {
  const subjectOf = ({ holder, recipient, dataset, purpose }: SharingInquiry) =>
    JSON.stringify([
      holder,
      recipient,
      idOfDataset(register, dataset),
      idOfPurpose(register, purpose),
    ])
  const excusesOf = Map.groupBy(excuses, sharingKey)
  return [...Map.groupBy(tallies, subjectOf).values()].flatMap((together) => {
    const [first] = together
    if (first === undefined) return []
    const again = together.reduce((sum, { askedAgain }) => sum + askedAgain, 0)
    let left = decisions
      .filter((one) => isAbout(register, one, first))
      .reduce((sum, { times }) => sum + times, again)
    return together
      .filter(({ introspected }) => introspected > 0)
      .map(({ askedAgain: _again, ...tally }) => {
        const decided = Math.min(left, tally.introspected)
        left -= decided
        const excused = excusedIn(excusesOf.get(sharingKey(tally)) ?? [])
        const undecided = Math.max(0, tally.introspected - decided - sumOf(excused))
        return { ...tally, decided, excused, undecided }
      })
  })
}

function isAbout(
  register: Register,
  { holder, recipient, dataset, purpose }: DecisionAbout,
  inquired: SharingInquiry,
): boolean {
  return (
    holder === inquired.holder &&
    idOfDataset(register, dataset) === idOfDataset(register, inquired.dataset) &&
    // A deny about a body or a purpose that the register does not have may have been about any.
    (recipient === null || recipient === inquired.recipient) &&
    (purpose === null || idOfPurpose(register, purpose) === idOfPurpose(register, inquired.purpose))
  )
}

function idOfDataset(register: Register, no: number): string {
  return present(register.datasetByNo(no), 'the dataset of a sharing').id
}

function idOfPurpose(register: Register, no: number): string {
  return present(register.purposeByNo(no), 'the purpose of a sharing').id
}

function sharingKey({ dataset, purpose, recipient, agreement, consentId }: SharingInquiry): string {
  return JSON.stringify([dataset, purpose, recipient, agreement, consentId])
}

function excusedIn(excuses: readonly OpenExcuse[]): ExcusedCounts {
  const counts = inquiryWhys.map((why) => [why, excuses.filter((one) => one.why === why).length])
  return Object.fromEntries(counts.filter(([, count]) => count !== 0)) as ExcusedCounts
}

function sumOf(excused: ExcusedCounts): number {
  return Object.values(excused).reduce((sum, count) => sum + count, 0)
}

// An excuse is the holder's word: she reads that, too.
function isTold({ undecided, excused }: JudgedInquiry): boolean {
  return undecided > 0 || sumOf(excused) > 0
}

function totalsOf(judged: readonly JudgedInquiry[]) {
  return [...Map.groupBy(judged, ({ holder }) => holder)].map(([holder, of]) => ({
    holder,
    introspected: of.reduce((sum, one) => sum + one.introspected, 0),
    undecided: of.reduce((sum, one) => sum + one.undecided, 0),
  }))
}

async function tell(
  tx: Transaction,
  book: Book,
  judged: JudgedInquiry,
  register: Register,
): Promise<void> {
  const {
    personId: _person,
    day,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    consentId,
    ...counts
  } = judged
  const inquiryId = newUuid(book.now)
  const { personSeq } = await book.append({
    kind: 'disclosure.inquired',
    actor: { type: 'broker' },
    fields: {
      inquiry_id: writeId('inq', inquiryId),
      day,
      tz: timeZone,
      consent_id: consentId && writeId('con', consentId),
      agreement: present(register.agreementByNo(agreement), 'the agreement of a sharing').ref,
      holder: bodyId(register, holder),
      recipient: bodyId(register, recipient),
      dataset: present(register.datasetByNo(dataset), 'the dataset of a sharing').ref,
      purpose: present(register.purposeByNo(purpose), 'the purpose of a sharing').ref,
      introspected: counts.introspected,
      decided: counts.decided,
      excused: { ...counts.excused },
      undecided: counts.undecided,
    },
  })
  await insertInquiryDay(tx, { ...judged, inquiryId, personSeq, recordedAt: book.now })
  const about = { about: inquiryId, decisionId: null, consentId, holder, recipient }
  await setAnomalies(tx, about, counts.undecided > 0 ? ['introspected_only'] : [], book.now)
}
