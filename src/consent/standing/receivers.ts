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
