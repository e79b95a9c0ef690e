import type { NewCodesPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', codesLeft: 7, set: '2026-11-24T18:05:00.000Z' },
  none: { csrf: 'csrf-of-a-sample', codesLeft: 0, set: '' },
} satisfies Record<string, NewCodesPage>
