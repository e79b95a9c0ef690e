import type { Question, Verdict } from './question.ts'
import type { Purpose } from '../../registry/index.ts'
import { lawFactsQuery } from './decide-by-law.ts'
import { decide } from './decide.ts'
import type { DecisionContext } from './evaluate.ts'
import { compareHead, factsNow } from './evaluate.ts'
import type { Facts, FactsQuery } from './rows.ts'
import { isOvertaken } from '../../ledger/chain/index.ts'

// No request has this key.
export const noRequest = '00000000-0000-0000-0000-000000000000'

/** Of a person who was written about while she was read. */
const moreReadings = 2

/** A question about a sharing that is in the register. */
export type PreviewQuestion = Question & { readonly recipient: number; readonly purpose: Purpose }

/**
 * The answer that each question would get now, by the same facts and the same `decide` as an evaluation. Nothing is recorded and no
 * use is counted: the answers permit nothing.
 * @param epoch the epoch of the register by which the questions were made
 * @returns undefined if the register has moved since, so that the questions must be made anew
 */
export async function previewDecisions(
  {
    store,
    live,
    isRestored,
    code,
    vault,
    timeCheck,
  }: Pick<DecisionContext, 'store' | 'live' | 'isRestored' | 'code' | 'vault' | 'timeCheck'>,
  personId: string,
  questions: readonly PreviewQuestion[],
  epoch: number,
): Promise<readonly Verdict[] | undefined> {
  const asked = await Promise.all(
    questions.map(async (question) => {
      const known = await newestFacts(
        { store, vault, timeCheck },
        {
          personId,
          recipient: question.recipient,
          dataset: question.dataset.no,
          purpose: question.purpose.no,
          requestKey: noRequest,
          byLaw: lawFactsQuery(question),
        },
      )
      return { question, known }
    }),
  )
  const register = await live.at(Math.max(epoch, ...asked.map(({ known }) => known.epoch)))
  if (register.epoch !== epoch || asked.some(({ known }) => known.epoch !== epoch)) return undefined
  return asked.map(({ question, known }) => {
    const deny = { permit: false, consent: undefined, permitted: 0n } as const
    if (known.standing !== 'open') return { ...deny, because: 'PERSON_UNKNOWN' }
    if (code.isUntrusted()) return { ...deny, because: 'RECORD_UNTRUSTED' }
    if (known.isRestored || isRestored()) return { ...deny, because: 'LEDGER_RESTORED' }
    if (vault.heads.isBehind()) return { ...deny, because: 'LOG_BEHIND' }
    return decide(question, known, register, known.at)
  })
}

/** Whoever wrote meanwhile knows more than a reading that began before. One that is older again and again was put back. */
async function newestFacts(
  { vault, ...reading }: Pick<DecisionContext, 'store' | 'vault' | 'timeCheck'>,
  query: FactsQuery,
): Promise<Facts> {
  for (let again = 0; ; again++) {
    const facts = await factsNow(reading, query)
    const compared = compareHead(vault, query.personId, facts)
    if (compared === 'older' && again < moreReadings) continue
    return isOvertaken(compared) ? { ...facts, isUntrusted: true } : facts
  }
}
