import type { NewCodesPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', codesLeft: 7 },
  none: { csrf: 'csrf-of-a-sample', codesLeft: 0 },
} satisfies Record<string, NewCodesPage>
