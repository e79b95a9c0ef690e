import type { Language } from '../../src/base/values/languages.ts'
import type { StatusPage } from '../../src/pages/status/pages.ts'
import { sampleBrakes } from '../sample-brakes.ts'

const at = new Date('2026-11-24T15:04:00Z')
const since = new Date('2026-11-19T08:12:00Z')
const log = {
  waitingSince: undefined,
  signedAt: new Date('2026-11-24T15:03:00Z'),
  quorumAt: new Date('2026-11-24T15:03:00Z'),
}

export default {
  works: (language: Language): StatusPage => ({
    state: 'works',
    at,
    parts: [
      { name: 'sign-in', state: 'works', since },
      { name: 'decisions', state: 'works', since },
      { name: 'log', state: 'works', since: undefined },
      { name: 'messages', state: 'works', since: undefined },
    ],
    lastDay: { minutes: 1440, served: 1440 },
    log,
    brakes: [],
    planned: [
      {
        from: new Date('2026-11-29T07:00:00Z'),
        until: new Date('2026-11-29T08:00:00Z'),
        what: {
          fr: 'Nous changeons un serveur.',
          en: 'We are replacing a server.',
        }[language],
        parts: ['sign-in', 'messages'],
        isNow: false,
      },
    ],
  }),
  late: (language: Language): StatusPage => ({
    state: 'late',
    at,
    parts: [
      { name: 'sign-in', state: 'works', since },
      { name: 'decisions', state: 'works', since },
      { name: 'log', state: 'late', since: new Date('2026-11-24T14:40:00Z') },
      { name: 'messages', state: 'off', since: undefined },
    ],
    lastDay: { minutes: 1440, served: 1431 },
    log: { ...log, waitingSince: new Date('2026-11-24T14:40:00Z') },
    brakes: sampleBrakes(language),
    planned: [],
  }),
  down: (language: Language): StatusPage => ({
    state: 'down',
    at,
    parts: (['sign-in', 'decisions', 'log', 'messages'] as const).map((name) => ({
      name,
      state: 'down',
      since: new Date('2026-11-24T14:58:00Z'),
    })),
    lastDay: undefined,
    log: { waitingSince: undefined, signedAt: undefined, quorumAt: undefined },
    brakes: [],
    planned: [
      {
        from: new Date('2026-11-24T14:55:00Z'),
        until: new Date('2026-11-24T15:30:00Z'),
        what: {
          fr: 'La base de données est mise à jour.',
          en: 'The database is being updated.',
        }[language],
        parts: ['sign-in', 'decisions'],
        isNow: true,
      },
    ],
  }),
} satisfies Record<string, (language: Language) => StatusPage>
