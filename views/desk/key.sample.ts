import type { DeskKeyPage } from '../../src/pages/desk/keys-pages.ts'

const page: DeskKeyPage = {
  csrf: 'csrf-of-a-sample',
  action: '/cles-du-comptoir/cle',
  isSecond: false,
  isReady: true,
  options:
    '{"challenge":"c2FtcGxl","rp":{"id":"localhost","name":"Accord"},"attestation":"direct"}',
  problem: undefined,
  values: undefined,
}

export default {
  first: page,
  second: { ...page, isSecond: true },
  unknown: { ...page, problem: 'level-three.unknown-model' },
  'not-ready': { ...page, isReady: false },
} satisfies Record<string, DeskKeyPage>
