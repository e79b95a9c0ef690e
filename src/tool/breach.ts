import type { BreachListAsked } from '../consent/dossiers/index.ts'
import { command, requiredText, text } from './command.ts'
import type { House } from './house.ts'
import { orderOptions } from './option-sets.ts'
import { isAYearAtMost } from './times.ts'

const kinds = ['organisation', 'service', 'agreement'] as const

export const breachList = command('breach list KIND ID', {
  says: `by the order of two signers: the people whom an organisation, a service or an agreement touched in a year at most,
by the identifiers of that one organisation, a line of JSON each. Each of them reads that she is on it`,
  options: {
    from: requiredText('DAY', 'its first day'),
    to: requiredText('DAY', 'its last day'),
    into: text('FILE', 'where it is written; needless with --out'),
    ...orderOptions,
  },
  asks({ KIND, ID: id, from, to, into, ...words }) {
    const kind = kinds.find((one) => one === KIND)
    if (kind === undefined || !isAYearAtMost(from, to)) return undefined
    if (into === undefined && words.out === undefined) return undefined
    return { kind, id, from, to, into, words }
  },
  noted: { action: 'breach-list', object: ({ kind, id }) => `${kind} ${id}` },
  run: list,
})

export const commands = [breachList]

async function list(asked: BreachListAsked, house: House): Promise<string[]> {
  const { listTouched } = await import('../consent/dossiers/index.ts')
  return house.withDatabase((db, now) =>
    listTouched(db, asked, now, async () => {
      const { orderPartsOf } = await import('./order-parts.ts')
      return orderPartsOf(house, db)
    }),
  )
}
