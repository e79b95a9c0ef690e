import { expect, test } from 'vitest'
import { makeWords } from '../../../src/base/web/words.ts'
import type { FlowRight, StillFlows } from '../../../src/consent/standing/flows.ts'
import { sayEnds, wordsOf } from '../../../src/consent/standing/index.ts'

// What the page before a stop says of each datum, by the other ways that are left.

const words = makeWords()
const income = { recipient: 2, category: 'cat_revenu-net' }
const day = new Date('2026-12-01T15:00:00.000Z')

function leaving(...purposes: readonly string[]): StillFlows {
  const ways = purposes.map(
    // Of a right its purpose and its record are read.
    (id) => ({ by: 'choice', consentId: id, until: day, purpose: { id } }) as unknown as FlowRight,
  )
  const flows = [{ ...income, holder: 1, ways, waits: [] }]
  return { flows, isWhole: true, isUntrusted: false, isHalted: false, isAllowing: true }
}

test.each([
  [
    [],
    'none',
    'L’Aide ne pourra plus recevoir le revenu.',
    'Student Aid will no longer be able to receive the income.',
  ],
  [
    ['pur_loan'],
    'ends',
    'L’Aide ne pourra plus recevoir le revenu pour cette raison.',
    'Student Aid will no longer be able to receive the income for this reason.',
  ],
  [
    ['pur_loan', 'pur_bursary'],
    'ends-here',
    'L’Aide ne pourra plus recevoir le revenu par ce partage.',
    'Student Aid will no longer be able to receive the income through this sharing.',
  ],
])('beside %j a stop is said as it is', (left, form, fr, en) => {
  const said = sayEnds([income], ['con_own'], leaving(...left), { id: 'pur_bursary' })
  expect(said.map((one) => one.form)).toEqual([form])
  const register = {
    organisationByRoot: () => ({ nameInSentence: { fr: 'l’Aide', en: 'Student Aid' } }),
    category: () => ({ inSentence: { fr: 'le revenu', en: 'the income' } }),
  } as unknown as Parameters<typeof wordsOf>[2]['register'] // of which nothing else is read
  const text = (language: 'fr' | 'en') => wordsOf(said, 'future', { words, register, language })
  expect([text('fr'), text('en')]).toEqual([[fr], [en]])
})
