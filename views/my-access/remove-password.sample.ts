import type { PasswordRemovalPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', atOnce: false, removable: true },
  'at-once': { csrf: 'csrf-of-a-sample', atOnce: true, removable: true },
  last: { csrf: 'csrf-of-a-sample', atOnce: false, removable: false },
} satisfies Record<string, PasswordRemovalPage>
