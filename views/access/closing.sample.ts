import type { ClosingPage } from '../../src/access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample' },
} satisfies Record<string, ClosingPage>
