import type { AttestationPage } from '../../src/base/web/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', back: '/en/acces' },
} satisfies Record<string, AttestationPage>
