import type { AtHomePage } from '../../src/base/web/pages.ts'

const nowhere = { csrf: 'csrf-of-a-sample', goOn: undefined, backHref: undefined }

export default {
  invitation: { ...nowhere, goOn: '/connexion/visit/plus-tard' },
  'my-access': { ...nowhere, backHref: '/acces' },
} satisfies Record<string, AtHomePage>
