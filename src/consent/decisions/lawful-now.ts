import type { ConsentState } from '../record/index.ts'
import { longestLookback, maskOf } from '../record/index.ts'
import { dayOf } from '../../base/platform/calendar.ts'
import type { Agreement, Dataset, Purpose, Register } from '../../registry/index.ts'
import { lawfulFor } from './decide-by-law.ts'
import { decide } from './decide.ts'

/** What may be sent about somebody now because the law allows it, whether or not it ever was. */
export type LawfulNow = {
  readonly agreement: Agreement
  readonly purpose: Purpose
  readonly dataset: Dataset
  /** By their roots. */
  readonly holder: number
  readonly recipient: number
  readonly categories: readonly string[]
  /** Whether what is sent so may be shown to its person later: then nobody is told of it ahead. */
  readonly isShownLater: boolean
}

/**
 * What a decision would permit by law at this moment, by the register as it is: each agreement, dataset and purpose is put as a
 * question to `decide`, category by category. What was used up about one person is not looked at: it comes back.
 * @param consents of a person, all of them: what she was asked for is her choice, and none of this; none for anybody
 */
export function lawfulNow(
  register: Register,
  consents: readonly ConsentState[],
  now: Date,
): readonly LawfulNow[] {
  return register.byLaw.flatMap((agreement) =>
    agreement.datasets.flatMap(({ dataset: ref, categories }) =>
      agreement.purposes.flatMap((purposeRef): LawfulNow[] => {
        const [dataset, purpose] = [register.dataset(ref), register.purpose(purposeRef)]
        const holder = register.organisation(agreement.holder)?.root
        const recipient = register.organisation(agreement.recipient)?.root
        if (!dataset || !purpose || holder === undefined || recipient === undefined) return []
        const about = { agreement, purpose, dataset, holder, recipient }
        const own = consents.filter((consent) => consent.recipient === recipient)
        const permitted = categories.filter((id) => isPermitted(about, id, own, register, now))
        if (permitted.length === 0) return []
        return [{ ...about, categories: permitted, isShownLater: agreement.shownAfterDays > 0 }]
      }),
    ),
  )
}

type About = Pick<LawfulNow, 'agreement' | 'purpose' | 'dataset' | 'holder' | 'recipient'>

function isPermitted(
  { agreement, purpose, dataset, holder, recipient }: About,
  category: string,
  consents: readonly ConsentState[],
  register: Register,
  now: Date,
): boolean {
  const asked = maskOf(dataset, [category])
  const question = {
    holder,
    recipient,
    dataset,
    purpose,
    asked,
    period: longestLookback(purpose, dayOf(now)),
    agreement: agreement.id,
    lawful: lawfulFor({ dataset, asked }, { recipient: agreement.recipient, purpose }, register),
  }
  const verdict = decide(question, { consents, usesByLaw: [] }, register, now)
  return verdict.permit && !('consent' in verdict)
}
