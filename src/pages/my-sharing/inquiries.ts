import type { ConsentLife } from '../../consent/record/index.ts'
import { inquiredConsents, inquiriesUnder, inquiryWhys } from '../../consent/disclosures/index.ts'
import { noonOf } from '../../base/values/calendar.ts'
import { shortNumber, writeId } from '../../base/values/ids.ts'
import { partiesSaid } from './aftermath.ts'
import type { SharingEvent } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'

// What a holder introspected without a decision, at the sharing. Whether nothing was sent under it is then not known, and no page says so.

/** So many days of one sharing; « Mon activité » has the others. */
const mostDays = 50

type Of = Pick<ConsentLife, 'consentId' | 'arrangementId'>

/** Whether it is not known of a sharing that nothing was sent: of any record of its arrangement, since a narrowing is a new one. */
export async function inquiredTest(
  { db, personId }: Pick<SharingInput, 'db' | 'personId'>,
  all: readonly Of[],
): Promise<(sharing: Of) => boolean> {
  const inquired = await inquiredConsents(db, personId)
  const known = all.filter(({ consentId }) => inquired.has(consentId))
  const arrangements = new Set(known.map(({ arrangementId }) => arrangementId))
  return ({ arrangementId }) => arrangements.has(arrangementId)
}

/** Days on which the holder introspected this sharing, and did not ask each time: the newest first. */
export async function inquiredEvents(
  reading: SharingInput,
  { arrangementId }: Of,
  all: readonly Of[],
): Promise<SharingEvent[]> {
  const { db, personId, register } = reading
  const ids = all.filter((one) => one.arrangementId === arrangementId).map((one) => one.consentId)
  const days = await inquiriesUnder(db, personId, ids, mostDays)
  return days.map((inquiry) => {
    const whys = inquiryWhys.flatMap((why) => {
      const count = inquiry.excused[why] ?? 0
      return count === 0 ? [] : [{ why, count }]
    })
    const isExcused = inquiry.undecided === 0
    return {
      kind: isExcused ? 'excused' : 'inquired',
      at: inquiry.recordedAt,
      what: [],
      said: partiesSaid(inquiry, register.asOf(inquiry.recordedAt), reading),
      reason: undefined,
      times: isExcused ? inquiry.introspected - inquiry.decided : inquiry.undecided,
      lastAt: undefined,
      inFlight: false,
      shownFrom: undefined,
      marks: [],
      correction: undefined,
      dispute: undefined,
      period: undefined,
      lawCase: undefined,
      inquiry: { on: noonOf(inquiry.day), whys },
      number: shortNumber(writeId('inq', inquiry.inquiryId)),
    }
  })
}
