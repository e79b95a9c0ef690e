import type { AttestationPage } from '../../src/foundation/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', back: '/en/acces' },
} satisfies Record<string, AttestationPage>
