import type { ErrorPage } from '../../src/foundation/pages.ts'

const page: ErrorPage = {
  code: 'not-found',
  requestId: 'req_06f9zj5b2x8m4q7t1n3v5w9ykd',
  nextHref: undefined,
}

export default {
  plain: page,
  next: { ...page, code: 'sign-in.fresh-needed', nextHref: '/acces' },
  'too-many': { ...page, code: 'too-many-attempts', values: { minutes: 12 } },
  service: { ...page, code: 'request.bad-redirect' },
  unavailable: { ...page, code: 'unavailable' },
} satisfies Record<string, ErrorPage>
