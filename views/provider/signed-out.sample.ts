import type { SignedOutPage } from '../../src/provider/visits/pages.ts'

export default {
  plain: { service: undefined },
  service: { service: 'Aide aux études (démo)' },
} satisfies Record<string, SignedOutPage>
