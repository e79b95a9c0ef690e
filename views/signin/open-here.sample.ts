import type { OpenHerePage } from '../../src/signin/journey/pages.ts'

const page: OpenHerePage = {
  visit: 'visite',
  service: { name: 'Aide financière aux études', organisation: 'Aide aux études' },
  csrf: 'csrf-of-a-sample',
  opened: 'session-of-a-sample',
  since: new Date('2026-11-24T18:05:00Z'),
  proved: false,
}

export default {
  plain: page,
  own: { ...page, service: undefined },
  proved: { ...page, proved: true },
} satisfies Record<string, OpenHerePage>
