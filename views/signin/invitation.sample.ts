import type { InvitationPage } from '../../src/signin/journey/pages.ts'

const page: InvitationPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  csrf: 'csrf-of-a-sample',
  options:
    '{"challenge":"c2FtcGxl","rp":{"name":"Accord"},"user":{"id":"c2FtcGxl","name":"Accord","displayName":"Accord"},"pubKeyCredParams":[{"alg":-8,"type":"public-key"}]}',
  endorsing: undefined,
  problem: undefined,
}

export default {
  plain: page,
  endorsing: {
    ...page,
    endorsing: '{"issuer":"accord.example","options":{"challenge":"","allowCredentials":[]}}',
  },
  stale: { ...page, problem: 'challenge.unusable' },
} satisfies Record<string, InvitationPage>
