import type { SuspensionPage } from '../../src/pages/desk/search-pages.ts'
import { mostNoteCharacters, searchReasons } from '../../src/people/searches/index.ts'
import { deskSample } from '../sample-desk.ts'

const empty: SuspensionPage = {
  desk: { ...deskSample, roles: ['supervisor'] },
  reasons: searchReasons,
  typed: { reference: '', reason: undefined, note: '' },
  mostNoteCharacters,
  answer: undefined,
  problem: undefined,
  field: undefined,
  values: {},
}

export default {
  empty,
  done: { ...empty, answer: 'suspended' },
  closed: { ...empty, answer: 'closed' },
  nobody: { ...empty, answer: 'none' },
  often: { ...empty, problem: 'desk.suspended-often', values: { minutes: 40 } },
} satisfies Record<string, SuspensionPage>
