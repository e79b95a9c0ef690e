import type { SessionsPage } from '../../src/pages/my-access/pages.ts'

const page: SessionsPage = {
  csrf: 'csrf-of-a-sample',
  sessions: [
    {
      id: 'ses_06f9zj5b2x8m4q7t1n3v5w9ykd',
      device: 'Safari',
      since: new Date('2026-11-24T18:05:00Z'),
      lastSeenAt: new Date('2026-11-24T18:12:00Z'),
      current: true,
    },
    {
      id: 'ses_06f9zj5b2x8m4q7t1n3v5w9yke',
      device: 'Chrome',
      since: new Date('2026-11-24T13:41:00Z'),
      lastSeenAt: new Date('2026-11-24T14:02:00Z'),
      current: false,
    },
  ],
  isShared: false,
}

export default {
  plain: page,
  one: { ...page, sessions: page.sessions.slice(0, 1), isShared: true },
  terminal: { ...page, isShared: undefined },
} satisfies Record<string, SessionsPage>
