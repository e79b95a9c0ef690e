import type { Language } from '../../base/values/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { StillFlows } from './still-flows.ts'

// Who may receive something about a person now, in one sentence.

/** A body that may receive something, whether it ever did, and by which right. */
export type Receiver = {
  readonly body: number
  readonly isByChoice: boolean
  readonly isByLaw: boolean
}

/** Each body once, in the order of its flows. Pure. */
export function receiversIn({ flows }: StillFlows): readonly Receiver[] {
  const open = flows.filter(({ ways }) => ways.length > 0)
  return [...Map.groupBy(open, ({ recipient }) => recipient)].map(([body, of]) => ({
    body,
    isByChoice: of.some(({ ways }) => ways.some(({ by }) => by === 'choice')),
    isByLaw: of.some(({ ways }) => ways.some(({ by }) => by === 'law')),
  }))
}

/** Named while they are so few, then counted by right. */
const mostNamed = 3

/** What the words `standing.now.<said>` need; of few bodies each is named with its right, `standing.right.<right>`. */
export type ReceiverWords =
  | { readonly said: 'none' }
  | {
      readonly said: 'some'
      readonly count: number
      readonly named: readonly { readonly body: string; readonly right: Right }[]
    }
  | ({ readonly said: 'many'; readonly count: number } & Readonly<Record<Right, number>>)

type Right = 'choice' | 'law' | 'both'

export function receiverWords(
  receivers: readonly Receiver[],
  register: Pick<Register, 'organisationByRoot'>,
  language: Language,
): ReceiverWords {
  const count = receivers.length
  if (count === 0) return { said: 'none' }
  if (count <= mostNamed) {
    const named = receivers.map((one) => ({
      body: register.organisationByRoot(one.body)?.nameInSentence[language] ?? '?',
      right: rightOf(one),
    }))
    return { said: 'some', count, named }
  }
  const of = (right: Right) => receivers.filter((one) => rightOf(one) === right).length
  return { said: 'many', count, choice: of('choice'), law: of('law'), both: of('both') }
}

function rightOf({ isByChoice, isByLaw }: Receiver): Right {
  if (isByChoice && isByLaw) return 'both'
  return isByChoice ? 'choice' : 'law'
}
