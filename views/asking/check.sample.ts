import type { CheckPage } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import answered from './answered.sample.ts'
import { sampleContacts } from '../sample-contacts.ts'

const second = {
  fr: 'Adapter le remboursement de votre prêt à votre revenu',
  en: 'Fitting the repayment of your loan to your income',
}

function check(language: Language): CheckPage {
  const { recipient, holder, purpose, sending, isChange } = answered.partly(language)
  const { sending: kept } = answered.refusedChange(language)
  const base = `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT`
  const about = { recipient, holder }
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    answers: 'answers-of-a-sample',
    action: `${base}/reponses`,
    sign: { data: '{}', checkpoint: '' },
    onlyByKey: false,
    items: [
      {
        ...about,
        purpose,
        isChange,
        sending,
        answer: 'granted',
        changeHref: `${base}/questions/1`,
      },
      {
        ...about,
        purpose: second[language],
        isChange: true,
        sending: kept,
        answer: 'refused',
        changeHref: `${base}/questions/2`,
      },
    ],
    isOne: false,
    problem: undefined,
  }
}

export default {
  both: check,
  later: (language: Language) => {
    const { items, ...page } = check(language)
    return {
      ...page,
      items: items.map((item, n) =>
        n === 1 ? { ...item, answer: 'later', isChange: false, sending: undefined } : item,
      ),
    }
  },
  one: (language: Language) => {
    const { items, ...page } = check(language)
    const base = `${language === 'en' ? '/en' : ''}/partage/demande/V1StGXR8Z5jdHi6BmyT`
    const [item] = items
    if (item === undefined) throw new Error('a sample without an answer')
    return {
      ...page,
      isOne: true,
      action: `${base}/reponse`,
      items: [{ ...item, changeHref: base }],
    }
  },
  changed: (language: Language) => ({ ...check(language), problem: 'consent.answers-changed' }),
} satisfies Record<string, (language: Language) => CheckPage>
