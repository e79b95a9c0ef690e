import { room } from '../../base/web/room.ts'
import { claimsTeller } from './fold.ts'
import type { ClaimsContext } from './show.ts'
import { forgetClaims } from './store.ts'
import { answerTable } from './seal.ts'

export const claimsRoom = room({
  name: 'claims',
  tables: [answerTable],
  tells: { rows: 'rows_of_claims', teller: claimsTeller },
  forgets: { sharings: [forgetClaims] },
  routes: async (context: ClaimsContext) => ({
    questions: [(await import('./routes.ts')).claimsRoutes(context)],
  }),
})
