import type { ErrorPage } from '../../src/base/web/pages.ts'

const page: ErrorPage = {
  code: 'not-found',
  number: '3F9A1C2E',
  nextHref: undefined,
}

export default {
  plain: page,
  next: { ...page, code: 'sign-in.fresh-needed', nextHref: '/acces' },
  done: {
    ...page,
    code: 'visit.done',
    nextHref: 'https://aide-etudes.example',
    nextName: 'Aide aux études',
  },
  'done-question': {
    ...page,
    code: 'consent.done',
    nextHref: 'https://aide-etudes.example',
    nextName: 'Aide aux études',
    keptHref: '/mes-partages',
  },
  elsewhere: {
    ...page,
    code: 'visit.elsewhere',
    nextHref: 'https://aide-etudes.example',
    nextName: 'Aide aux études',
    beginsAgain: true,
  },
  expired: { ...page, code: 'visit.expired', nextHref: '/acces', beginsAgain: true },
  'too-many': { ...page, code: 'too-many-attempts', values: { minutes: 12 } },
  service: { ...page, code: 'request.bad-redirect', faultHref: '/api/errors#redirect-uri' },
  unavailable: { ...page, code: 'unavailable' },
  overloaded: { ...page, code: 'overloaded' },
} satisfies Record<string, ErrorPage>
