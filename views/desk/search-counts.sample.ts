import type { SearchCountsPage } from '../../src/pages/desk/search-pages.ts'
import { countedDays } from '../../src/people/searches/index.ts'
import { deskSample } from '../sample-desk.ts'

const desk = { ...deskSample, roles: ['supervisor'] } as const

export default {
  some: {
    desk,
    days: countedDays,
    rows: [
      { office: 'Q7XM-2K9D', reason: 'present', count: 41, foundNobody: 3 },
      { office: 'Q7XM-2K9D', reason: 'telephone', count: 12, foundNobody: 1 },
      { office: '3VTA-8HN4', reason: 'other', count: 2, foundNobody: 2 },
    ],
  },
  none: { desk, days: countedDays, rows: [] },
} satisfies Record<string, SearchCountsPage>
