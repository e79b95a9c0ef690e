import type { Foundation } from '../../base/web/foundation.ts'
import { room } from '../../base/web/room.ts'

type Parts = { readonly foundation: Foundation; readonly policyText: () => Promise<string> }

export const verifierRoom = room({
  name: 'verifier',
  routes: async ({ foundation, policyText }: Parts) => ({
    programs: [(await import('./routes.ts')).verifierRoutes(foundation, policyText)],
  }),
})
