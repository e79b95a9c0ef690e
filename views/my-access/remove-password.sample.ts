import type { PasswordRemovalPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', removable: true },
  last: { csrf: 'csrf-of-a-sample', removable: false },
} satisfies Record<string, PasswordRemovalPage>
