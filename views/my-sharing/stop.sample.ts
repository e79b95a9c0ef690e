import type { StopPage } from '../../src/pages/my-sharing/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sharing } from './sharing.sample.ts'
import {
  sampleBeside,
  sampleEnds,
  sampleSentences,
  sampleStill,
  sampleStillWaits,
} from '../sample-standing.ts'
import { makeWords } from '../../src/base/web/words.ts'
import { sampleContacts } from '../sample-contacts.ts'

const own = {
  fr: {
    title:
      'Arrêter d’envoyer votre revenu net et votre situation familiale à l’Aide aux études (démo), pour calculer votre bourse?',
    consequence:
      'Le montant de votre aide ne sera plus mis à jour tout seul si votre situation change.',
    otherWay: 'Vous pouvez téléverser votre avis de cotisation. Comptez environ 10 jours de plus.',
    retention: 'cinq ans après le dernier versement',
    keepHref: '/mes-partages',
  },
  en: {
    title:
      'Stop sending your net income and your family situation to Student Aid (demo), to calculate your bursary?',
    consequence: 'The amount of your aid will no longer be updated if your situation changes.',
    otherWay: 'You can upload your notice of assessment. Allow about 10 days more.',
    retention: 'five years after the last payment',
    keepHref: '/en/mes-partages',
  },
}

function page(language: Language): StopPage {
  return {
    ...own[language],
    contacts: sampleContacts(language),
    csrf: 'csrf-of-a-sample',
    sharing: sharing(language),
    lastSentAt: new Date('2026-11-24T15:04:00Z'),
    isInquired: false,
    plain: undefined,
    otherFaceHref: `${action(language)}?forme=claire`,
    ends: sampleEnds(language, 'ends'),
    still: sampleStill(language, 'future'),
    checked: [],
    beside: sampleBeside(language),
    action: action(language),
  }
}

function action(language: Language): string {
  return `${own[language].keepHref}/con_06f9zj5b2x8m4q7t1n3v5w9ykd/arret`
}

function inPlainWords(language: Language): StopPage {
  const [none = '', still = ''] = sampleSentences(language, 'future')
  return {
    ...page(language),
    plain: [
      { picture: 'cross', words: none },
      { picture: 'sent', words: still },
      { picture: 'receipt', words: makeWords().t(language, 'my-sharing.stop.plain-sent') },
    ],
    otherFaceHref: `${action(language)}?forme=complete`,
  }
}

/** One other way: another sharing of hers. */
function oneOtherWay(language: Language): StopPage {
  const { heading, ways } = sampleStill(language, 'future')
  return { ...page(language), still: { heading, ways: ways.slice(0, 1) } }
}

export default {
  plain: page,
  'one-other-way': oneOtherWay,
  'in-plain-words': inPlainWords,
  waits: (language: Language) => ({
    ...page(language),
    still: sampleStillWaits(language),
  }),
  'no-other-way': (language: Language) => ({
    ...page(language),
    ends: sampleEnds(language, 'none'),
    still: undefined,
    beside: [],
  }),
  'changed-record': (language: Language) => ({
    ...page(language),
    sharing: { ...sharing(language), holds: ['RECORD_UNTRUSTED' as const] },
  }),
  'never-sent': (language: Language) => ({ ...page(language), lastSentAt: undefined }),
  unannounced: (language: Language) => ({
    ...page(language),
    lastSentAt: undefined,
    isInquired: true,
  }),
} satisfies Record<string, (language: Language) => StopPage>
