import type { CreateSecurityKeyPage } from '../../src/signin/journey/pages.ts'

const page: CreateSecurityKeyPage = {
  csrf: 'csrf-of-a-sample',
  action: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/cle-de-securite',
  options:
    '{"challenge":"c2FtcGxl","rp":{"name":"Accord"},"user":{"id":"c2FtcGxl","name":"Accord","displayName":"Accord"},"pubKeyCredParams":[{"alg":-8,"type":"public-key"}]}',
  backHref: '/connexion/V1StGXR8Z5jdHi6BmyT/creation/code',
  problem: undefined,
}

export default {
  plain: page,
  refused: { ...page, problem: 'passkey.refused' },
} satisfies Record<string, CreateSecurityKeyPage>
