import type { Language } from '../../src/base/values/languages.ts'
import type { HelpQuestionsPage } from '../../src/pages/desk/help-pages.ts'
import { deskSample as desk, helpSample as help } from '../sample-desk.ts'

const words = {
  recipient: { fr: 'Aide aux études (démo)', en: 'Student aid (demo)' },
  holder: { fr: 'Agence du revenu (démo)', en: 'Revenue agency (demo)' },
  purpose: { fr: 'Calculer l’aide aux études', en: 'Work out student aid' },
  what: {
    fr: ['Revenu net', 'Situation familiale'],
    en: ['Net income', 'Family situation'],
  },
}

function page(language: Language): HelpQuestionsPage {
  const question = {
    recipient: words.recipient[language],
    holder: words.holder[language],
    purpose: words.purpose[language],
    what: words.what[language],
    until: new Date('2027-01-02T15:00:00Z'),
  }
  return {
    desk,
    help,
    questions: [
      { ...question, state: 'reads' },
      { ...question, recipient: words.holder[language], state: 'waits' },
    ],
    answered: [],
  }
}

export default {
  plain: page,
  answered: (language) => ({
    ...page(language),
    questions: [],
    answered: [{ recipient: words.recipient[language], purpose: words.purpose[language] }],
  }),
  nothing: (language) => ({ ...page(language), questions: [] }),
} satisfies Record<string, (language: Language) => HelpQuestionsPage>
