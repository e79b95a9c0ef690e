import type { HistoryPage } from '../../src/access/pages.ts'

const page: HistoryPage = {
  lines: [
    {
      kind: 'access.signed-in',
      at: new Date('2026-11-24T18:05:00Z'),
      network: '203.0.113.0/24',
      service: undefined,
      isWeak: false,
    },
    {
      kind: 'service.signed-in',
      at: new Date('2026-11-24T18:05:01Z'),
      network: '203.0.113.0/24',
      service: 'Aide aux études (démo)',
      isWeak: true,
    },
    {
      kind: 'passkey.added',
      at: new Date('2026-11-02T15:00:00Z'),
      network: undefined,
      service: undefined,
      isWeak: false,
    },
  ],
  older: '2026-11-02 15:00:00+00~0199c1a0-0000-7000-8000-000000000000',
}

export default {
  plain: page,
  none: { lines: [], older: undefined },
} satisfies Record<string, HistoryPage>
