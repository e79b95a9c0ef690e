import type { BeginPage } from '../../src/foundation/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', action: '/connexion', returnTo: '/acces', level: '' },
} satisfies Record<string, BeginPage>
