import { setTimeout as pause } from 'node:timers/promises'
import { dayOf } from '../../base/values/calendar.ts'
import type { Database } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { isOutage } from '../../base/database/database-outages.ts'
import { readId } from '../../base/values/ids.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import { nameInquiry } from './inquiry-name.ts'
import type { CountedInquiry } from './inquiry-store.ts'
import { addCounted } from './inquiry-store.ts'
import type { SharingInquiry, IntrospectedDetail, SharingIdentifiers } from './rows.ts'

// Introspections of a sharing's token by its holder are counted in each process, and written from time to time: an introspection costs no
// statement. What a process counted since its last writing is lost when it is killed, and nothing is ever counted twice, so the number is
// never more than the truth (decision 0180).

/** A process that is killed loses what it counted meanwhile. */
export const writeMs = 10_000
/** So many sharings in that time; further ones are not counted, and the log says so. */
const mostSharings = 50_000
/** Rows of one statement. */
const batch = 500

export type InquiryCounter = {
  /** Counts one introspection. It takes no statement, and does not fail. */
  count(inquired: SharingInquiry): void
  /** Writes what was counted, and ends. */
  stop(): Promise<void>
}

type Counting = { readonly db: Database; readonly log: Log }

/** @param paceMs how long a count waits to be written */
export function makeInquiryCounter(counting: Counting, paceMs = writeMs): InquiryCounter {
  const { log } = counting
  const ending = new AbortController()
  let counts = new Map<string, CountedInquiry>()
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (counts.size > 0) {
      await pause(paceMs, undefined, { signal: ending.signal, ref: false }).catch(() => undefined)
      const taken = [...counts.values()]
      counts = new Map()
      await write(counting, taken)
    }
    working = undefined
  }

  return {
    count(inquired) {
      const key = keyOf(inquired)
      const known = counts.get(key)
      if (known === undefined && counts.size >= mostSharings)
        return log.warn({}, 'more sharings were introspected than are counted')
      counts.set(key, { ...inquired, introspected: (known?.introspected ?? 0) + 1 })
      working ??= work()
    },
    async stop() {
      ending.abort()
      await working
    },
  }
}

// A batch whose writing failed may have been written all the same: it is not tried again, since nothing may be counted twice.
async function write({ db, log }: Counting, counts: readonly CountedInquiry[]): Promise<void> {
  for (let n = 0; n < counts.length; n += batch) {
    try {
      await addCounted(db, counts.slice(n, n + batch))
    } catch (error) {
      log.warn({ error, outcome: outcomeOf(error) }, 'introspections that were counted are lost')
    }
  }
}

function outcomeOf(error: unknown): string {
  return isOutage(error) ? 'the database is away' : 'the database refused'
}

function keyOf({
  personId,
  day,
  dataset,
  purpose,
  recipient,
  agreement,
  consentId,
}: CountedInquiry | SharingInquiry) {
  return `${personId} ${day} ${dataset} ${purpose} ${recipient} ${agreement} ${consentId ?? ''}`
}

/** Names and counts what holders introspect in this process. @param paceMs as above, for a house of a test */
export function openInquiries(
  { db, keys, log }: Pick<Foundation, 'db' | 'keys' | 'log'>,
  { live, pairwise }: { readonly live: LiveRegister; readonly pairwise: Pairwise },
  paceMs?: number,
): Inquiries {
  const counter = makeInquiryCounter({ db, log }, paceMs)
  return {
    inquire(personId, detail, at) {
      const inquiring = { personId, detail, at }
      const inquired = sharingOfInquiry(live, inquiring)
      return {
        name: nameInquiry(keys, pairwise, inquiring),
        count() {
          if (inquired === undefined)
            log.warn({}, 'an introspection is of no sharing of the register')
          else counter.count(inquired)
        },
      }
    },
    stop: () => counter.stop(),
  }
}

export type Inquiries = {
  inquire(
    personId: string,
    detail: SharingIdentifiers,
    at: Date,
  ): { readonly name: string; count(): void }
  stop(): Promise<void>
}

/** The sharing that a token's detail is about, by numbers; undefined: the register of now does not have it. */
export function sharingOfInquiry(
  live: LiveRegister,
  { personId, detail, at }: IntrospectedDetail,
): SharingInquiry | undefined {
  const register = live.current()
  const numbers = {
    holder: register.organisation(detail.holder)?.root,
    recipient: register.organisation(detail.recipient)?.root,
    dataset: register.dataset(detail.identifier)?.no,
    purpose: register.purpose(detail.purpose)?.no,
    agreement: register.agreement(detail.agreement)?.no,
  }
  const consentId = detail.consent_id === undefined ? null : readId('con', detail.consent_id)
  if (!areKnown(numbers) || consentId === undefined) return undefined
  return { personId, day: dayOf(at), ...numbers, consentId }
}

type Numbers = Pick<SharingInquiry, 'holder' | 'recipient' | 'dataset' | 'purpose' | 'agreement'>

function areKnown(numbers: { [K in keyof Numbers]: number | undefined }): numbers is Numbers {
  return Object.values(numbers).every((no) => no !== undefined)
}
