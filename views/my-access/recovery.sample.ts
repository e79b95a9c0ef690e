import type { RecoveryPage } from '../../src/pages/my-access/pages.ts'

const hold = {
  since: new Date('2026-11-24T13:41:00Z'),
  until: new Date('2026-11-27T13:41:00Z'),
  isRecovered: false,
}

const page: RecoveryPage = {
  csrf: 'csrf-of-a-sample',
  hold,
  alarm: {
    what: 'held',
    at: hold.since,
    until: hold.until,
    device: 'Chrome',
    action: '/acces/retablissement',
  },
}

export default {
  plain: page,
  own: { ...page, hold: { ...hold, isRecovered: true }, alarm: undefined },
  none: { ...page, hold: undefined, alarm: undefined },
} satisfies Record<string, RecoveryPage>
