import type { NamedPage } from '../../src/pages/desk/naming-pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const page: NamedPage = {
  desk,
  step: 'proposed',
  number: 'E-4711',
  role: 'counter',
  until: new Date('2027-06-30T16:00:00Z'),
  half: 'ABCD-2345',
  keysAddress: 'accord.example/cles-du-comptoir',
  backHref: '/guichet',
}

export default {
  proposed: page,
  decided: { ...page, step: 'decided' },
  'with-keys': { ...page, half: undefined },
} satisfies Record<string, NamedPage>
