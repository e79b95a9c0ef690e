import { joinNames } from '../../base/web/lists.ts'
import type { FlowRight, StillFlows } from './flows.ts'
import type { Speaker } from './sentence-text.ts'
import { bodyIn, dataIn } from './sentence-text.ts'

// What reaches a body in two ways or more: who stops one of them reads before it that the others go on.

type Found = { readonly category: string; readonly choices: number; readonly laws: number }

/** A sentence for the data that the same ways reach. The body was named just before: it is called by its pronoun. Pure. */
export function severalWaysTo(
  body: number,
  { flows }: StillFlows,
  speaker: Speaker,
): readonly string[] {
  const { words, register, language } = speaker
  const reaching = flows.filter(({ recipient }) => recipient === body)
  const byDatum = Map.groupBy(reaching, ({ category }) => category)
  const found = [...byDatum].flatMap(([category, of]): Found[] => {
    const ways = new Map(of.flatMap((flow) => flow.ways).map((way) => [nameOf(way), way.by]))
    const choices = [...ways.values()].filter((by) => by === 'choice').length
    return ways.size < 2 ? [] : [{ category, choices, laws: ways.size - choices }]
  })
  const { begins, isMany } = bodyIn(register, body, language, true)
  const alike = Map.groupBy(found, ({ choices, laws }) => `${choices} ${laws}`)
  return [...alike.values()].map((some) => {
    const { choices = 0, laws = 0 } = some[0] ?? {}
    const said = laws === 0 ? 'choices' : choices === 0 ? 'laws' : 'both'
    const categories = some.map(({ category }) => category)
    const data = joinNames(dataIn(categories, undefined, speaker), language)
    const values = { begins, data, count: choices + laws }
    return words.t(language, `standing.ways.${said}${isMany ? '-many' : ''}`, values)
  })
}

// A consent is one way, whatever it lets be sent; of an agreement each purpose is one.
function nameOf(way: FlowRight): string {
  return way.by === 'choice' ? way.consentId : `${way.agreement.id} ${way.purpose.id}`
}
