import { createHash } from 'node:crypto'
import type { Bilingual } from '../../base/values/languages.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { AskedClaim, ClaimName } from '../../registry/index.ts'
import type { ClaimAnswer } from './rows.ts'

// Which claims a person must be asked about before a service goes on, and which a service may be told. Pure.

type Answered = Pick<ClaimAnswer, 'claim' | 'isGiven' | 'purposeSha256'>

/** Whether the broker holds a value for this claim of hers. */
export type Holds = (claim: ClaimName) => boolean

export type ClaimQuestion =
  /** She is asked for these. */
  | { readonly is: 'asked'; readonly claims: readonly AskedClaim[] }
  /** The service cannot do without these, and she has none. */
  | { readonly is: 'lacking'; readonly claims: readonly AskedClaim[] }

/** Names the words of a purpose: other words are another purpose. */
export function purposeHash({ fr, en }: Bilingual): Buffer {
  return createHash('sha256').update(canonical({ fr, en })).digest()
}

/** The claims that she has not answered: never, or for another purpose, or with a no that the service does not take any more. */
export function openClaims(
  asked: readonly AskedClaim[],
  answers: readonly Answered[],
): readonly AskedClaim[] {
  return asked.filter((one) => {
    const answer = answerTo(one, answers)
    return answer === undefined || (!answer.isGiven && !one.isOptional)
  })
}

/** The claims that the service is told: given, and for the purpose that the register still has. */
export function givenClaims(
  asked: readonly AskedClaim[],
  answers: readonly Answered[],
): readonly AskedClaim[] {
  return asked.filter((one) => answerTo(one, answers)?.isGiven === true)
}

/** @returns undefined: there is nothing to ask. A claim that she may refuse, and does not have, is not asked for. */
export function claimQuestion(
  asked: readonly AskedClaim[],
  answers: readonly Answered[],
  holds: Holds,
): ClaimQuestion | undefined {
  const lacking = asked.filter(
    ({ name, isOptional }) => !isOptional && !holds(name) && !isOfOneName(name, holds),
  )
  if (lacking.length > 0) return { is: 'lacking', claims: lacking }
  const claims = openClaims(asked, answers).filter(({ name }) => holds(name))
  return claims.length === 0 ? undefined : { is: 'asked', claims }
}

// A person with one name has no other: no service may shut her out for that.
function isOfOneName(claim: ClaimName, holds: Holds): boolean {
  const other = otherName[claim]
  return other !== undefined && holds(other)
}

const otherName: Readonly<Partial<Record<ClaimName, ClaimName>>> = {
  given_name: 'family_name',
  family_name: 'given_name',
}

function answerTo({ name, purpose }: AskedClaim, answers: readonly Answered[]) {
  const known = purposeHash(purpose)
  return answers.find(({ claim, purposeSha256 }) => claim === name && purposeSha256.equals(known))
}
