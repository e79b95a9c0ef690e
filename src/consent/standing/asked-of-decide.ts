import type { Purpose, Register } from '../../registry/index.ts'
import type { Question, Verdict } from '../decisions/index.ts'
import { decide, lawfulFor } from '../decisions/index.ts'
import { maskOf } from '../record/index.ts'
import type { StandingFacts } from './flows.ts'

type Asked = Pick<Question, 'holder' | 'dataset' | 'period' | 'agreement'> & {
  readonly recipient: number
  readonly purpose: Purpose
  readonly category: string
}

/** What a body would be answered that names its case, and asks about this category alone. */
export function verdictOn(
  { category, ...about }: Asked,
  { answers: { consents, isWhole }, isUntrusted, usesByLaw }: StandingFacts,
  register: Register,
  now: Date,
): Verdict {
  const { dataset, purpose, recipient } = about
  const asked = maskOf(dataset, [category])
  const id = register.organisationByRoot(recipient)?.id ?? ''
  const lawful = lawfulFor({ dataset, asked }, { recipient: id, purpose }, register)
  const known = {
    consents: consents.filter((consent) => consent.recipient === recipient),
    isWhole,
    isUntrusted,
    usesByLaw: usesByLaw(recipient, purpose.no),
  }
  return decide({ ...about, asked, isCaseNamed: true, lawful }, known, register, now)
}
