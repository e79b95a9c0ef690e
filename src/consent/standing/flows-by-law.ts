import { dayAfter, dayOf, endOfDay } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import type { Agreement, Dataset, Purpose, Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import { longestLookback } from '../record/index.ts'
import { verdictOn } from './asked-of-decide.ts'
import type { FlowFound, FlowRight, StandingFacts } from './flows.ts'

// What the law lets be sent about a person; what it shows her only later is left out.

export function flowsByLaw(facts: StandingFacts, register: Register, now: Date): FlowFound[] {
  return register.byLaw
    .filter(({ shownAfterDays }) => shownAfterDays === 0)
    .flatMap((agreement) =>
      agreement.datasets.flatMap(({ dataset, categories }) =>
        agreement.purposes.flatMap((purpose) =>
          categories.flatMap((category) =>
            foundByLaw(
              {
                agreement,
                dataset: present(register.dataset(dataset), 'the dataset of an agreement'),
                purpose: present(register.purpose(purpose), 'the purpose of an agreement'),
                category,
              },
              facts,
              register,
              now,
            ),
          ),
        ),
      ),
    )
}

type Lawful = {
  readonly agreement: Agreement
  readonly dataset: Dataset
  readonly purpose: Purpose
  readonly category: string
}

function foundByLaw(
  { agreement, dataset, purpose, category }: Lawful,
  facts: StandingFacts,
  register: Register,
  now: Date,
): FlowFound[] {
  const holder = bodyNo(register, agreement.holder)
  const recipient = bodyNo(register, agreement.recipient)
  const days = longestLookback(purpose, dayOf(now))
  const asked = { holder, recipient, dataset, purpose, category, period: days }
  const verdict = verdictOn({ ...asked, agreement: agreement.id }, facts, register, now)
  if ('consent' in verdict && verdict.consent !== undefined) return []
  const way: FlowRight = { by: 'law', agreement, purpose, dataset, days }
  if (verdict.permit) return [{ holder, recipient, category, way }]
  // A brake ends by itself: she answers nothing again for it.
  if (verdict.because === 'SUSPENDED_AT_ONCE')
    return [{ holder, recipient, category, wait: { way, because: 'held' } }]
  if (verdict.because !== 'FREQUENCY_EXCEEDED') return []
  const limit = againByLaw(purpose, facts.usesByLaw(recipient, purpose.no))
  return [{ holder, recipient, category, wait: { way, because: 'limit', ...limit } }]
}

/** A use counts until the end of the day on which its period is over. */
function againByLaw({ frequencyLimit }: Purpose, uses: readonly Date[]) {
  const { count, per } = present(frequencyLimit, 'a limit that is reached')
  const first = present(
    uses.toSorted((a, b) => b.getTime() - a.getTime())[count - 1],
    'a use that fills the limit',
  )
  return { from: endOfDay(dayAfter(dayOf(first), per)), times: count }
}
