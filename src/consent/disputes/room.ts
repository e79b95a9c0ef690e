import type { Callers } from '../../base/web/caller.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import { room } from '../../base/web/room.ts'
import type { DecisionContext, DecisionTeller } from '../decisions/index.ts'
import type { DisputeTelling } from './fold.ts'
import { disputeTeller } from './fold.ts'
import { disputesTables } from './tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly callers: Callers
  readonly context: DecisionContext
  readonly person: RequirePerson
}
type Telling = Omit<DisputeTelling, 'isGone'> & { readonly befores: readonly Date[] }
type Asked = { readonly decisions: DecisionTeller }

export const disputesRoom = room({
  name: 'disputes',
  tables: [...disputesTables],
  tells: {
    rows: 'rows_of_disputes',
    teller: ({ befores, ...telling }: Telling, { decisions: { permits } }: Asked) =>
      disputeTeller({
        ...telling,
        // The chain of a delayed permit is found by the permit: once the permit is erased, no event says whose chain it was.
        isGone: ({ decision_id, answered_at }) =>
          !permits.has(decision_id) &&
          befores.some((before) => answered_at !== null && answered_at < before),
      }),
  },
  operations: async () => (await import('./shapes.ts')).operations,
  async routes({ foundation, callers, context, person }: Parts) {
    const { disputeApi } = await import('./api.ts')
    const { disputeRoutes } = await import('./routes.ts')
    return {
      programs: [disputeApi(foundation, callers, context)],
      pages: [disputeRoutes({ ...context, foundation, person })],
    }
  },
})
