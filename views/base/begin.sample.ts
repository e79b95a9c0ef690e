import type { BeginPage } from '../../src/base/web/pages.ts'

export default {
  plain: { csrf: 'csrf-of-a-sample', action: '/connexion', returnTo: '/acces', level: '' },
} satisfies Record<string, BeginPage>
