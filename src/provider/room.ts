import { endpointsOf } from '../base/web/endpoints.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { room } from '../base/web/room.ts'
import type { KeyedRows, Vault } from '../ledger/chain/index.ts'
import type { LiveRegister } from '../registry/index.ts'
import { forgetSignInRequests } from './ciba/ciba-store.ts'
import type { OpenProvider } from './open.ts'
import { forgetArtifacts } from './unit/session-store.ts'
import { pingRenewal, pingSeals, requestTable } from './ciba/ciba-seal.ts'
import { secretTable } from './clients/client-secrets.ts'
import {
  artifactTable,
  authorizationTable,
  connectionTable,
  providerTables,
  sessionTable,
} from './unit/tables.ts'

type Parts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly vault: Vault
  readonly provider: OpenProvider
  /** Where a person is who came for nothing else. */
  readonly home: string
}

export const providerRoom = room({
  name: 'provider',
  tables: [
    ...providerTables,
    artifactTable,
    sessionTable,
    authorizationTable,
    connectionTable,
    secretTable,
    requestTable,
  ],
  forgets: { visits: [forgetArtifacts, forgetSignInRequests] },
  renewals: ({ keys }: KeyedRows) => [pingRenewal(pingSeals(keys.data))],
  // 12:11 UTC is morning in Québec.
  times: { 'services.exceptions': '11 12 * * *' },
  async jobs({ foundation, live, vault, provider: { logoutToken } }: Parts) {
    const { db, clock, config } = foundation
    const { settleTold } = await import('../people/accounts/index.ts')
    const { signInRequestJobs } = await import('./ciba/ciba-jobs.ts')
    const { exceptionsJobs } = await import('./configuration/profile-exceptions.ts')
    const { backchannelLogoutJobs } = await import('./logout/backchannel-logout-jobs.ts')
    return {
      ...backchannelLogoutJobs(logoutToken, config.outboundAllow, (jti, outcome) =>
        settleTold(db, jti, outcome, clock()),
      ),
      ...signInRequestJobs(foundation, vault.seals, live),
      ...exceptionsJobs(foundation, live),
    }
  },
  sweeps: async ({ provider }: Parts) => ({ provider: provider.sweep }),
  async routes({ foundation, provider, home }: Parts, { questions, pages }) {
    const { errorListRoutes } = await import('./faults/error-pages.ts')
    const { returnRoutes } = await import('./visits/own-client.ts')
    const kept = endpointsOf(questions)
    return {
      programs: [errorListRoutes(foundation)],
      last: [
        returnRoutes({ pages: [...kept, ...endpointsOf(pages)], kept, home }),
        provider.oidc, // speaks OpenID Connect, one request in one atomic unit
      ],
    }
  },
})
