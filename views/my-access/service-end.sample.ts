import type { ServiceEndPage } from '../../src/pages/my-access/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', id: 'aide-etudes', name: 'Aide aux études (démo)' },
} satisfies Record<string, ServiceEndPage>
