import type { LevelThreePage } from '../../src/pages/my-access/pages.ts'

const page: LevelThreePage = {
  csrf: 'csrf-of-a-sample',
  action: '/acces/cles/niveau-3',
  options:
    '{"challenge":"c2FtcGxl","rp":{"id":"localhost","name":"Accord"},"attestation":"direct"}',
  isReady: true,
  endorsing: undefined,
  problem: undefined,
}

export default {
  plain: page,
  unknown: { ...page, problem: 'level-three.unknown-model' },
  'not-ready': { ...page, isReady: false },
} satisfies Record<string, LevelThreePage>
