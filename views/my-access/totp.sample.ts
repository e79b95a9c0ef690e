import type { TotpPage } from '../../src/pages/my-access/pages.ts'
import { sampleShown } from '../../test/support/totp.ts'

const page: TotpPage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/code',
  shown: sampleShown,
  isChange: false,
  problem: undefined,
}

export default {
  plain: page,
  change: { ...page, isChange: true },
  refused: { ...page, problem: 'totp.refused' },
} satisfies Record<string, TotpPage>
