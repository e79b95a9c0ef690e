import type { Language } from '../../base/values/languages.ts'
import type { Register } from '../../registry/index.ts'
import type { FlowRight, StillFlows } from './flows.ts'

// Who may receive something about a person now.

/** A body that may receive something, and by which right. */
export type Receiver = {
  readonly body: number
  readonly isByChoice: boolean
  readonly isByLaw: boolean
  /** The law alone allows it, and it never happened. */
  readonly isUnused: boolean
}

/** Whether something was ever permitted by this right. */
export type WasUsed = (way: FlowRight & { readonly by: 'law' }) => boolean

/** Each body once, in the order of its flows. Pure. */
export function receiversIn({ flows }: StillFlows, wasUsed: WasUsed): readonly Receiver[] {
  const open = flows.filter(({ ways }) => ways.length > 0)
  return [...Map.groupBy(open, ({ recipient }) => recipient)].map(([body, of]) => {
    const ways = of.flatMap((flow) => flow.ways)
    const lawful = ways.filter((way) => way.by === 'law')
    const isByChoice = lawful.length < ways.length
    const isUnused = !isByChoice && !lawful.some(wasUsed)
    return { body, isByChoice, isByLaw: lawful.length > 0, isUnused }
  })
}

/** The names, for a sentence, of bodies that may receive something now and are none of these. Pure. */
export function otherReceivers(
  { flows }: StillFlows,
  received: ReadonlySet<number>,
  register: Pick<Register, 'organisationByRoot'>,
  language: Language,
): readonly string[] {
  const open = flows.filter(({ ways }) => ways.length > 0)
  const bodies = new Set(open.map(({ recipient }) => recipient))
  const others = [...bodies].filter((root) => !received.has(root))
  return others.flatMap((root) => register.organisationByRoot(root)?.nameInSentence[language] ?? [])
}
