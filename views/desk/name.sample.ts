import type { NamePage } from '../../src/pages/desk/naming-pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const page: NamePage = {
  desk,
  action: '/guichet/nommer',
  roles: ['counter', 'telephone', 'supervisor', 'privacy-officer', 'incident-officer', 'namer'],
  typed: { number: '', role: '', until: '', keys: '' },
  first: '2026-12-03',
  last: '2027-12-02',
  problem: undefined,
}

export default {
  plain: page,
  number: {
    ...page,
    typed: { number: 'é', role: 'counter', until: '2027-06-30', keys: 'new' },
    problem: 'desk.number',
  },
} satisfies Record<string, NamePage>
