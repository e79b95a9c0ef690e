import type { DossierPage } from '../../src/pages/desk/dossier-pages.ts'
import { mostNoteCharacters } from '../../src/people/searches/index.ts'
import { deskSample } from '../sample-desk.ts'

const empty: DossierPage = {
  desk: { ...deskSample, roles: ['privacy-officer'] },
  waiting: [],
  typed: { numero: '', motif: '', du: '', au: '', cle: '' },
  mostNoteCharacters,
  field: undefined,
  answer: undefined,
  problem: undefined,
  values: {},
}
const one = {
  number: 'pro_01J9ZK4Q8H7V2M3N5P6R7S8T9V',
  sub: 'q9ZkX2mV7Lr4tB8sWc1dNg',
  from: '2026-01-01',
  to: '2026-12-01',
  key: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo',
  reason: 'Demande écrite reçue le 30 novembre',
  seen: 'e3B0xEKY_BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV',
  isOwn: false,
  expiresAt: new Date('2026-12-03T16:10:00Z'),
}

export default {
  empty,
  proposed: { ...empty, waiting: [{ ...one, isOwn: true }], answer: 'proposed' },
  waiting: { ...empty, waiting: [one] },
  wrong: {
    ...empty,
    typed: {
      numero: 'con_01J9ZK4Q8H7V2M3N5P6R7S8T9V',
      motif: 'Demande écrite',
      du: '2026-13-01',
      au: '',
      cle: '',
    },
    problem: 'desk.days',
    field: 'du',
  },
} satisfies Record<string, DossierPage>
