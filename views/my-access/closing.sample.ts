import type { ClosingPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample' },
} satisfies Record<string, ClosingPage>
