import type { CreateAccessPage } from '../../src/signin/journey/pages.ts'

const page: CreateAccessPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  options:
    '{"challenge":"c2FtcGxl","rp":{"name":"Accord"},"user":{"id":"c2FtcGxl","name":"Accord","displayName":"Accord"},"pubKeyCredParams":[{"alg":-8,"type":"public-key"}]}',
  mail: 'in-service',
  problem: undefined,
}

export default {
  plain: page,
  'own-space': { ...page, service: undefined },
  'no-mail': { ...page, mail: 'absent' },
  'mail-failing': { ...page, mail: 'failing' },
  kiosk: page,
  stale: { ...page, problem: 'challenge.unusable' },
} satisfies Record<string, CreateAccessPage>
