import type { PasswordRemovalPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', atOnce: false, waits: false, removable: true },
  waits: { csrf: 'csrf-of-a-sample', atOnce: false, waits: true, removable: true },
  'at-once': { csrf: 'csrf-of-a-sample', atOnce: true, waits: false, removable: true },
  last: { csrf: 'csrf-of-a-sample', atOnce: false, waits: false, removable: false },
} satisfies Record<string, PasswordRemovalPage>
