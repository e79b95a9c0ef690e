import type { ConsentState } from '../record/index.ts'
import { longestLookback, maskOf } from '../record/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import type { Agreement, Dataset, Purpose, Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import { lawfulFor } from './decide-by-law.ts'
import { decide } from './decide.ts'

/** Categories that may be sent about somebody now because the law allows it, whether or not they ever were. */
export type LawfulSharing = {
  readonly agreement: Agreement
  readonly purpose: Purpose
  readonly dataset: Dataset
  /** Holder and recipient by their roots. */
  readonly holder: number
  readonly recipient: number
  readonly categories: readonly string[]
  /** Whether a use may be shown to its person only later: then nobody is told of the sharing ahead. */
  readonly isShownLater: boolean
}

/** A person's answers; `isWhole`: all are there and as this broker wrote them. Otherwise the law permits nothing. */
export type AnswersGiven = { readonly consents: readonly ConsentState[]; readonly isWhole: boolean }

export const noPersonAnswers: AnswersGiven = { consents: [], isWhole: true }

/**
 * The sharings that a decision would permit by law at this moment: `decide` is asked about each agreement, dataset and purpose,
 * category by category. Uses are ignored: a limit that is reached today opens again.
 * @param answers all consents of a person: sharings that she was asked for are her choice and are left out; `noPersonAnswers` for people at large
 */
export function lawfulNow(
  register: Register,
  { consents, isWhole }: AnswersGiven,
  now: Date,
): readonly LawfulSharing[] {
  if (!isWhole) return []
  return register.byLaw.flatMap((agreement) =>
    agreement.datasets.flatMap(({ dataset: ref, categories }) =>
      agreement.purposes.flatMap((purposeRef): LawfulSharing[] => {
        const dataset = present(register.dataset(ref), 'the dataset of an agreement')
        const purpose = present(register.purpose(purposeRef), 'the purpose of an agreement')
        const holder = bodyNo(register, agreement.holder)
        const recipient = bodyNo(register, agreement.recipient)
        const about = { agreement, purpose, dataset, holder, recipient }
        const own = consents.filter((consent) => consent.recipient === recipient)
        const permitted = categories.filter((id) => isPermitted(about, id, own, register, now))
        if (permitted.length === 0) return []
        return [{ ...about, categories: permitted, isShownLater: agreement.shownAfterDays > 0 }]
      }),
    ),
  )
}

type LawfulQuestion = Pick<
  LawfulSharing,
  'agreement' | 'purpose' | 'dataset' | 'holder' | 'recipient'
>

function isPermitted(
  { agreement, purpose, dataset, holder, recipient }: LawfulQuestion,
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
    isCaseNamed: true,
    lawful: lawfulFor({ dataset, asked }, { recipient: agreement.recipient, purpose }, register),
  }
  const known = { consents, isWhole: true, usesByLaw: [], isUntrusted: false }
  const verdict = decide(question, known, register, now)
  return verdict.permit && !('consent' in verdict)
}
