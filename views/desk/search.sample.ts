import { policies } from '../../src/base/web/limits/policies.ts'
import type { AccessSearchPage } from '../../src/pages/desk/search-pages.ts'
import { mostNoteCharacters, searchReasons } from '../../src/people/searches/index.ts'
import { deskSample as desk } from '../sample-desk.ts'

const empty: AccessSearchPage = {
  desk,
  reasons: searchReasons,
  typed: { reference: '', reason: undefined, note: '' },
  mostNoteCharacters,
  mostAnHour: policies['desk-search'].account[0].points,
  answer: undefined,
  problem: undefined,
  field: undefined,
  values: {},
}

export default {
  empty,
  found: { ...empty, answer: 'open' },
  suspended: { ...empty, answer: 'suspended' },
  closed: { ...empty, answer: 'closed' },
  nobody: { ...empty, answer: 'none' },
  wrong: {
    ...empty,
    typed: { reference: 'Tremblay', reason: 'present', note: '' },
    problem: 'desk.reference',
    field: 'numero',
  },
  often: {
    ...empty,
    typed: { reference: 'con_01J9ZK4Q8H7V2M3N5P6R7S8T9V', reason: 'telephone', note: '' },
    problem: 'desk.searched-often',
    values: { minutes: 40 },
  },
} satisfies Record<string, AccessSearchPage>
