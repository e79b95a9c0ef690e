import type { Question, Verdict } from './question.ts'
import { lawFactsQuery } from './decide-by-law.ts'
import { decide } from './decide.ts'
import type { DecisionContext } from './evaluate.ts'

// No request has this key.
const noRequest = '00000000-0000-0000-0000-000000000000'

/**
 * The answer that each question would get now, by the same facts and the same `decide` as an evaluation. Nothing is recorded and no
 * use is counted: the answers permit nothing.
 * @param epoch the epoch of the register by which the questions were made
 * @returns undefined if the register has moved since, so that the questions must be made anew
 */
export async function foreseeDecisions(
  { store, live, isRestored }: Pick<DecisionContext, 'store' | 'live' | 'isRestored'>,
  personId: string,
  questions: readonly Question[],
  epoch: number,
): Promise<readonly Verdict[] | undefined> {
  const facts = await Promise.all(
    questions.map((question) =>
      store.facts({
        personId,
        recipient: question.recipient ?? 0,
        dataset: question.dataset.no,
        purpose: question.purpose?.no ?? 0,
        requestKey: noRequest,
        byLaw: lawFactsQuery(question),
      }),
    ),
  )
  const register = await live.at(Math.max(epoch, ...facts.map((fact) => fact.epoch)))
  if (register.epoch !== epoch || facts.some((fact) => fact.epoch !== epoch)) return undefined
  return questions.flatMap((question, i) => {
    const known = facts[i]
    if (known === undefined) return []
    const deny = { permit: false, consent: undefined, permitted: 0n } as const
    if (known.standing !== 'open') return [{ ...deny, because: 'PERSON_UNKNOWN' }]
    if (known.isRestored || isRestored()) return [{ ...deny, because: 'LEDGER_RESTORED' }]
    return [decide(question, known, register, known.at)]
  })
}
