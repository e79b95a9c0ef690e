import type { DisputePage } from '../../src/consent/disputes/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

const own = {
  fr: {
    what: ['revenu net', 'situation familiale'],
    holder: 'Agence du revenu (démo)',
    recipient: 'Aide aux études (démo)',
    question: 'Je n’ai rien demandé ce jour-là.\nPourquoi cet envoi ?',
    answer: 'Il a servi au calcul de votre versement de décembre.',
  },
  en: {
    what: ['net income', 'family situation'],
    holder: 'Revenue Agency (demo)',
    recipient: 'Student Aid (demo)',
    question: 'I asked for nothing that day.\nWhy was this sent?',
    answer: 'It served to calculate your December payment.',
  },
}

function page(language: Language): DisputePage {
  const { what, holder, recipient } = own[language]
  const base = language === 'en' ? '/en' : ''
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    action: `${base}/mes-partages/signalements/dec_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    backHref: `${base}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    at: new Date('2026-11-24T15:04:00Z'),
    what,
    holder,
    recipient,
    isRefused: false,
    number: '3v5w-9ykd',
    routedTo: holder,
    asked: undefined,
    text: '',
    maxCharacters: 2000,
    problem: undefined,
    field: undefined,
    isDone: false,
    refused: undefined,
    from: undefined,
  }
}

function asked(language: Language) {
  return {
    question: own[language].question,
    openedAt: new Date('2026-11-25T14:00:00Z'),
    dueAt: new Date('2026-12-16T05:00:00Z'),
    isOverdue: false,
    answer: undefined,
  }
}

function already(language: Language) {
  return { ...page(language), refused: 'dispute.already' }
}

export default {
  plain: page,
  question: (language: Language) => ({ ...page(language), from: 'question' as const }),
  'wrong-text': (language: Language) => ({
    ...page(language),
    problem: 'dispute.text',
    field: 'texte' as const,
  }),
  refused: (language: Language) => ({
    ...page(language),
    isRefused: true,
    routedTo: own[language].recipient,
  }),
  'too-many': (language: Language) => ({ ...page(language), refused: 'dispute.too-many' }),
  asked: (language: Language) => ({ ...already(language), asked: asked(language), isDone: true }),
  overdue: (language: Language) => ({
    ...already(language),
    asked: { ...asked(language), isOverdue: true },
  }),
  answered: (language: Language) => ({
    ...already(language),
    asked: {
      ...asked(language),
      answer: {
        at: new Date('2026-12-01T15:00:00Z'),
        outcome: 'explained' as const,
        text: own[language].answer,
      },
    },
  }),
} satisfies Record<string, (language: Language) => DisputePage>
