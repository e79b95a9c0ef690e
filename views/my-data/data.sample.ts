import type { DataPage } from '../../src/pages/my-data/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', problem: undefined },
  'too-often': { csrf: 'csrf-of-a-sample', problem: 'data.too-often' },
} satisfies Record<string, DataPage>
