import type { AddPasskeyPage } from '../../src/signin/journey/pages.ts'

const page: AddPasskeyPage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/cles/ajout',
  options:
    '{"challenge":"c2FtcGxl","rp":{"name":"Accord"},"user":{"id":"c2FtcGxl","name":"Accord","displayName":"Accord"},"pubKeyCredParams":[{"alg":-8,"type":"public-key"}]}',
  endorsing: '{"issuer":"accord.example","options":{"challenge":"","allowCredentials":[]}}',
  problem: undefined,
  cancelHref: '/acces',
}

export default {
  plain: page,
  alone: { ...page, endorsing: undefined },
  kiosk: { ...page, endorsing: undefined },
  'level-three': { ...page, levelThreeHref: '/acces/cles/niveau-3' },
  already: { ...page, problem: 'passkey.already-registered' },
} satisfies Record<string, AddPasskeyPage>
