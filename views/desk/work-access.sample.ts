import type { WorkAccessPage } from '../../src/pages/desk/pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const mandate = 'man_01k8q2v7h2m5t6x9c3d4e5f6g7'
const page: WorkAccessPage = {
  desk,
  offices: [
    {
      role: 'counter',
      mandate,
      from: new Date('2026-09-08T13:00:00Z'),
      until: new Date('2027-06-30T04:00:00Z'),
      namedBy: ['man_01k8q2v7h2m5t6x9c3d4e5f6g8', 'man_01k8q2v7h2m5t6x9c3d4e5f6g9'],
    },
  ],
  lines: [
    {
      at: new Date('2026-12-03T14:57:00Z'),
      kind: 'access.signed-in',
      from: 'Firefox, Linux, 203.0.113.0/24',
    },
    { at: new Date('2026-12-02T16:20:00Z'), proposal: { deed: 'office.name', did: 'proposed' } },
    { at: new Date('2026-12-02T15:05:00Z'), proposal: { deed: 'office.name', did: 'done' } },
    { at: new Date('2026-12-01T15:05:00Z'), proposal: { deed: 'office.name', did: 'refused' } },
  ],
  olderHref: '/guichet/acces?avant=2026-12-01T15:05:00.000Z',
}

export default {
  usual: page,
  'by an order': {
    ...page,
    desk: { ...desk, roles: ['namer'] },
    offices: page.offices.map((office) => ({ ...office, role: 'namer', namedBy: [] })),
    lines: [],
    olderHref: undefined,
  },
} satisfies Record<string, WorkAccessPage>
