import type { OfficesPage } from '../../src/pages/desk/naming-pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const office = {
  id: 'man_0000000000000000000000000A',
  number: 'E-12',
  role: 'namer',
  until: new Date('2027-06-30T16:00:00Z'),
  isOwn: true,
} as const
const page: OfficesPage = {
  desk,
  action: '/guichet/fonctions/fin',
  offices: [
    office,
    { ...office, number: 'E-4711', role: 'counter', isOwn: false },
    { ...office, number: undefined, role: undefined, until: undefined, isOwn: false },
  ],
  isEnded: false,
  problem: undefined,
}

export default {
  plain: page,
  ended: { ...page, isEnded: true },
  gone: { ...page, problem: 'desk.office-gone' },
} satisfies Record<string, OfficesPage>
