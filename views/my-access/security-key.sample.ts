import type { SecurityKeyPage } from '../../src/pages/my-access/pages.ts'

const page: SecurityKeyPage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/cle-de-securite',
  options: '{}',
  problem: undefined,
}

export default {
  plain: page,
  refused: { ...page, problem: 'passkey.refused' },
} satisfies Record<string, SecurityKeyPage>
