import type { ArrearsPage } from '../../src/pages/desk/arrears-pages.ts'
import { deskSample } from '../sample-desk.ts'

const desk = { ...deskSample, roles: ['privacy-officer'] } as const
const nothing = { count: 0, oldestAt: undefined }

export default {
  waiting: {
    desk,
    refusals: [
      { reason: 'NO_CONSENT', why: 'La personne n’a pas autorisé ce partage.', asked: 14 },
      { reason: 'CONSENT_REVOKED', why: 'La personne a arrêté ce partage.', asked: 3 },
    ],
    signals: { count: 12, oldestAt: new Date('2026-12-03T13:20:00Z') },
    stops: { count: 1, oldestAt: new Date('2026-11-29T16:05:00Z') },
  },
  nothing: { desk, refusals: [], signals: nothing, stops: nothing },
} satisfies Record<string, ArrearsPage>
