import { sampleShown } from '../../test/support/totp.ts'
import type { CreateCodePage } from '../../src/signin/journey/pages.ts'

const page: CreateCodePage = {
  csrf: 'csrf-of-a-sample',
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/code',
  shown: sampleShown,
  backHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/mot-de-passe',
  keyHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/cle-de-securite',
  problem: undefined,
}

export default {
  plain: page,
  kiosk: { ...page, keyHref: undefined },
  malformed: { ...page, problem: 'totp.malformed' },
  refused: { ...page, problem: 'totp.refused' },
} satisfies Record<string, CreateCodePage>
