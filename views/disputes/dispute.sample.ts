import type { DisputePage } from '../../src/consent/disputes/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'
import { saidBody, saidParties } from '../../src/registry/index.ts'

const own = {
  fr: {
    what: ['revenu net', 'situation familiale'],
    holder: 'Agence du revenu (démo)',
    recipient: 'Aide aux études (démo)',
    said: ['l’Agence du revenu (démo)', 'l’Aide aux études (démo)'] as const,
    question: 'Je n’ai rien demandé ce jour-là.\nPourquoi cet envoi ?',
    answer: 'Il a servi au calcul de votre versement de décembre.',
  },
  en: {
    what: ['net income', 'family situation'],
    holder: 'Revenue Agency (demo)',
    recipient: 'Student Aid (demo)',
    said: ['the Revenue Agency (demo)', 'Student Aid (demo)'] as const,
    question: 'I asked for nothing that day.\nWhy was this sent?',
    answer: 'It served to calculate your December payment.',
  },
}

/** @param routedTo who answers */
function saidOf(language: Language, routedTo: 'holder' | 'recipient'): DisputePage['said'] {
  const [holder, recipient] = own[language].said
  const organisation = routedTo === 'holder' ? holder : recipient
  return {
    ...saidParties(holder, recipient, language),
    ...saidBody('organisation', organisation, language),
  }
}

function page(language: Language): DisputePage {
  const { what, holder } = own[language]
  const base = language === 'en' ? '/en' : ''
  return {
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    action: `${base}/mes-partages/signalements/dec_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    backHref: `${base}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd`,
    at: new Date('2026-11-24T15:04:00Z'),
    what,
    said: saidOf(language, 'holder'),
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
    said: saidOf(language, 'recipient'),
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
