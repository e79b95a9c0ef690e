import type { PasswordRemovalPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', removing: 'waits', waits: false, removable: true },
  waits: { csrf: 'csrf-of-a-sample', removing: 'waits', waits: true, removable: true },
  'at-once': { csrf: 'csrf-of-a-sample', removing: 'now', waits: false, removable: true },
  'of-counter': { csrf: 'csrf-of-a-sample', removing: 'last', waits: false, removable: true },
  last: { csrf: 'csrf-of-a-sample', removing: 'waits', waits: false, removable: false },
} satisfies Record<string, PasswordRemovalPage>
