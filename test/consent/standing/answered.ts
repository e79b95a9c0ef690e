import { dayOf } from '../../../src/base/values/calendar.ts'
import { present } from '../../../src/base/values/present.ts'
import { decide, lawfulFor } from '../../../src/consent/decisions/index.ts'
import { longestLookback, lookbackOf, maskOf } from '../../../src/consent/record/index.ts'
import type { StandingFacts } from '../../../src/consent/standing/index.ts'
import type { Agreement, Register } from '../../../src/registry/index.ts'
import { bodyNo } from '../../../src/registry/index.ts'

// What the bodies would be answered about a person, whatever they ask of what she is shown: asked one by one, for everything that the
// register has. What the law shows her only later is left out.

export type KnownOfPerson = Pick<
  StandingFacts,
  'answers' | 'isUntrusted' | 'isHalted' | 'usesByLaw'
>

/** What a body would be given. Bodies by their roots; the purpose by its id. */
export type Answered = {
  readonly recipient: number
  readonly category: string
  readonly purpose: string
  readonly right: 'choice' | 'law'
}

/**
 * Whether anybody asks for this holder: its program is turned away unless its service is active. A holder that has no service in the
 * register is none of those whose programs could be turned away.
 */
export function isAsking(holder: string, { versions, services }: Register): boolean {
  const known = versions.filter(
    ({ kind, content }) => kind === 'service' && content['organisation'] === holder,
  )
  return known.length === 0 || known.some(({ id }) => services.has(id))
}

/** @param to the only bodies that receive; undefined: all */
export function permittedTo(
  known: KnownOfPerson,
  register: Register,
  at: Date,
  to?: ReadonlySet<number>,
): readonly Answered[] {
  if (known.isHalted) return []
  const current = register.agreements.filter(
    (agreement) =>
      register.agreement(agreement.id) === agreement &&
      agreement.shownAfterDays === 0 &&
      isAsking(agreement.holder, register) &&
      to?.has(bodyNo(register, agreement.recipient)) !== false,
  )
  const found = current.flatMap((agreement) => permittedUnder(agreement, known, register, at))
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()]
}

function permittedUnder(
  agreement: Agreement,
  { answers: { consents, isWhole }, isUntrusted, usesByLaw }: KnownOfPerson,
  register: Register,
  at: Date,
): Answered[] {
  const holder = bodyNo(register, agreement.holder)
  const recipient = bodyNo(register, agreement.recipient)
  const own = consents.filter((consent) => consent.recipient === recipient)
  return agreement.datasets.flatMap(({ dataset: ref }) =>
    agreement.purposes.flatMap((named) => {
      const dataset = present(register.dataset(ref), 'a dataset')
      const purpose = present(register.purpose(named), 'a purpose')
      const facts = {
        isWhole,
        isUntrusted,
        consents: own,
        usesByLaw: usesByLaw(recipient, purpose.no),
      }
      const periods = [longestLookback(purpose, dayOf(at)), ...own.map(lookbackOf)]
      const about = { holder, recipient, dataset, purpose, agreement: agreement.id }
      return dataset.categories.flatMap((category) => {
        const asked = maskOf(dataset, [category])
        const lawful = lawfulFor(
          { dataset, asked },
          { recipient: agreement.recipient, purpose },
          register,
        )
        return periods.flatMap((period): Answered[] => {
          const question = { ...about, asked, period, lawful, isCaseNamed: true }
          const verdict = decide(question, facts, register, at)
          if (!verdict.permit) return []
          const right = 'consent' in verdict ? 'choice' : 'law'
          return [{ recipient, category, purpose: purpose.id, right }]
        })
      })
    }),
  )
}
