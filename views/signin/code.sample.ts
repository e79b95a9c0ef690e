import type { CodePage } from '../../src/signin/journey/pages.ts'

const page: CodePage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: { name: 'Aide aux études (démo)', organisation: 'Ministère de l’Avenir (démo)' },
  csrf: 'csrf-of-a-sample',
  options: '{}',
  tried: 'code',
  problem: undefined,
}

export default {
  plain: page,
  malformed: { ...page, problem: 'totp.malformed' },
  refused: { ...page, problem: 'sign-in.refused' },
  'refused-key': { ...page, tried: 'key', problem: 'sign-in.refused' },
} satisfies Record<string, CodePage>
