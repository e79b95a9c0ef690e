import type { ClosingPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', heldUntil: undefined },
  held: { csrf: 'csrf-of-a-sample', heldUntil: new Date('2027-03-31T16:00:00Z') },
} satisfies Record<string, ClosingPage>
