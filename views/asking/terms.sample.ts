import type { Block, CategoryLine, QuestionTerms } from '../../src/consent/asking/pages/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { sampleContacts } from '../sample-contacts.ts'

export default {
  plain: (language: Language) => terms[language],
  clear: (language: Language) => ({
    ...terms[language],
    plain: clear[language],
  }),
  'with a film': (language: Language) => ({
    ...terms[language],
    plain: clear[language],
    media: media[language],
  }),
  short: (language: Language) => {
    const { blocks, required, ...page } = terms[language]
    return {
      ...page,
      blocks: { ...blocks, optional_items: undefined, how_often: undefined },
      required: required.slice(0, 1),
      optional: [],
    }
  },
  sensitive: (language: Language) => {
    const { required, optional, ...page } = terms[language]
    const [first, second] = [...required, ...optional].slice(1)
    const lines = [first, second].filter((line) => line !== undefined)
    return {
      ...page,
      required,
      optional: [],
      sensitive: lines.map((line, n) => ({ ...line, isOptional: n > 0 })),
    }
  },
  change: (language: Language) => {
    const { required, optional, ...page } = terms[language]
    return {
      ...page,
      ...asChange[language],
      required,
      optional: optional.map((line) => ({ ...line, isNew: true })),
      changes: changes[language],
      lookback: days[language],
      before: { how_long: block(until[language]) },
    }
  },
  'another-meaning': (language: Language) => ({
    ...terms[language],
    ...asChange[language],
    changes: {
      ...changes[language],
      until: undefined,
      often: undefined,
      lookback: undefined,
      added: [],
      removed: [],
      hasOtherWords: false,
      meanings: [meaning[language]],
    },
  }),
  paused: (language: Language) => ({ ...terms[language], isPaused: true }),
  long: (language: Language) => {
    const page = terms[language]
    return {
      ...page,
      recipient: `${page.recipient}, ${longName[language]}`,
      title: longTitle[language],
      required: [...page.required, ...page.required, ...page.optional],
      optional: ['a', 'b', 'c'].map((end) => longCategory(page, end)),
    }
  },
} satisfies Record<string, (language: Language) => QuestionTerms>

const clear = {
  fr: [
    {
      picture: 'file',
      words: 'L’Agence du revenu (démo) connaît votre revenu net et votre situation familiale.',
    },
    {
      picture: 'studies',
      words: 'L’Aide aux études (démo) veut les voir pour calculer votre bourse.',
    },
    { picture: 'calendar', words: 'Jusqu’au 31 août 2027, au plus 4 fois par an.' },
    { picture: 'hand', words: 'Vous pouvez dire non. Vous pouvez arrêter après.' },
  ],
  en: [
    {
      picture: 'file',
      words: 'The Revenue Agency (demo) knows your net income and your family situation.',
    },
    {
      picture: 'studies',
      words: 'Student Aid (demo) wants to see them to calculate your bursary.',
    },
    { picture: 'calendar', words: 'Until August 31, 2027, at most 4 times per year.' },
    { picture: 'hand', words: 'You can say no. You can stop later.' },
  ],
}

// Both have the film and the recording of one text.
const saidOf = (first: string, second: string) =>
  [true, false].map((isFilm) => ({
    isFilm,
    transcript: [first, second],
    fingerprint: isFilm ? '5feceb66' : '6b86b273',
  }))
const media = {
  fr: saidOf(
    'L’Aide aux études (démo) veut voir votre revenu et votre situation de famille. L’Agence du revenu (démo) les connaît.',
    'Vous pouvez dire non. Vous pouvez arrêter après.',
  ),
  en: saidOf(
    'Student Aid (demo) wants to see your income and your family situation. The Revenue Agency (demo) knows them.',
    'You can say no. You can stop later.',
  ),
}

const days = {
  fr: { from: '1er janvier 2024', to: '31 décembre 2025' },
  en: { from: 'January 1, 2024', to: 'December 31, 2025' },
}

const until = {
  fr: 'Jusqu’au **28 février 2027**. Après, le partage s’arrête tout seul.',
  en: 'Until **February 28, 2027**. Then the sharing ends by itself.',
}

const changes = {
  fr: {
    until: { now: '31 août 2027', before: '28 février 2027' },
    often: { now: 'au plus 4 fois par an', before: 'au plus 2 fois par an' },
    lookback: {
      now: 'du 1er janvier 2024 au 31 décembre 2025',
      before: 'du 1er janvier 2025 au 31 décembre 2025',
    },
    added: ['personnes à charge'],
    removed: ['adresse'],
    hasOtherWords: true,
    meanings: [],
    keptUntil: '28 février 2027',
  },
  en: {
    until: { now: 'August 31, 2027', before: 'February 28, 2027' },
    often: { now: 'at most 4 times per year', before: 'at most 2 times per year' },
    lookback: {
      now: 'from January 1, 2024 to December 31, 2025',
      before: 'from January 1, 2025 to December 31, 2025',
    },
    added: ['dependants'],
    removed: ['address'],
    hasOtherWords: true,
    meanings: [],
    keptUntil: 'February 28, 2027',
  },
} satisfies Record<Language, QuestionTerms['changes']>

const changed = { member: 'label', at: new Date('2026-11-26T14:00:00Z'), isMaterial: true }
const meaning = {
  fr: {
    ...changed,
    subject: 'revenu net',
    before: 'revenu net',
    now: 'tous vos comptes bancaires',
    reason: undefined,
  },
  en: {
    ...changed,
    subject: 'net income',
    before: 'net income',
    now: 'all your bank accounts',
    reason: undefined,
  },
}

const asChange = {
  fr: {
    title:
      'Acceptez-vous que le partage de l’Agence du revenu (démo) à l’Aide aux études (démo) change?',
    ifNo: [
      {
        words:
          'Si vous refusez, ce que vous avez déjà autorisé continue comme avant, jusqu’au 28 février 2027.',
        isStrong: false,
      },
    ],
    grantLabel: 'Autoriser le changement',
    refuseLabel: 'Refuser le changement',
  },
  en: {
    title:
      'Do you agree to change the sharing from the Revenue Agency (demo) to Student Aid (demo)?',
    ifNo: [
      {
        words:
          'If you refuse, what you have already allowed goes on as before, until February 28, 2027.',
        isStrong: false,
      },
    ],
    grantLabel: 'Allow the change',
    refuseLabel: 'Refuse the change',
  },
}

const longTitle = {
  fr: 'Autorisez-vous l’Agence du revenu (démo) à envoyer 5 renseignements à l’Aide aux études (démo), Direction des programmes d’accessibilité financière et de l’accompagnement?',
  en: 'Do you allow the Revenue Agency (demo) to send 5 pieces of information to Student Aid (demo), Directorate of Financial Accessibility Programmes and Support?',
}

const longName = {
  fr: 'Direction des programmes d’accessibilité financière et de l’accompagnement',
  en: 'Directorate of Financial Accessibility Programmes and Support',
}

function longCategory({ optional }: QuestionTerms, end: string): CategoryLine {
  const [category] = optional
  if (category === undefined) throw new Error('The sample has no optional category')
  return {
    ...category,
    categoryId: `${category.categoryId}-${end}`,
    label: `${category.label} ${category.label} ${category.label}`,
  }
}

// What **stands between stars** is strong, as in the register's texts.
function block(text: string): Block {
  return text
    .split('**')
    .map((words, n) => ({ words, isStrong: n % 2 === 1 }))
    .filter(({ words }) => words !== '')
}

const terms: Readonly<Record<Language, QuestionTerms>> = {
  fr: {
    contacts: sampleContacts('fr'),
    recipient: 'Aide aux études (démo)',
    holder: 'Agence du revenu (démo)',
    title:
      'Autorisez-vous l’Agence du revenu (démo) à envoyer votre revenu net et votre situation familiale à l’Aide aux études (démo)?',
    summary: {
      what: ['revenu net', 'situation familiale'],
      from: block('Selon votre avis de cotisation de 2025'),
      why: block('Calculer votre aide 2026-2027, et rien d’autre'),
      notSent: block('Le reste de votre avis\u00a0: employeur, comptes, autres revenus'),
      until: '31 août 2027',
      often: 'au plus 4 fois par an',
    },
    plain: undefined,
    media: [],
    ifYes: block('Votre aide peut être calculée tout de suite. Vous pouvez arrêter en tout temps.'),
    ifNo: block(
      'Votre demande continue. Vous fournissez votre avis\u00a0: environ 10 jours de plus.',
    ),
    grantLabel: 'Autoriser le partage',
    refuseLabel: 'Refuser le partage',
    blocks: {
      who_asks: block(
        '**L’Aide aux études (démo)**, l’organisme qui verse les prêts et bourses, vous demande d’autoriser un partage.',
      ),
      who_gives: block(
        'Si vous l’autorisez, **l’Agence du revenu (démo)** lui enverra les renseignements suivants.',
      ),
      what: block(
        '**Ne sera pas envoyé\u00a0:** votre employeur, vos comptes, vos autres revenus.',
      ),
      optional_items: block(
        'Pour vérifier si vous avez droit à plus. Vous pouvez dire non à cette partie seulement.',
      ),
      why: block(
        '**Pour une seule chose\u00a0:** calculer le montant de votre aide 2026-2027. Il est interdit de s’en servir pour autre chose sans vous le redemander.',
      ),
      how_long: block('Jusqu’au **31 août 2027**. Après, le partage s’arrête tout seul.'),
      how_often: block('Au plus **4** fois par année.'),
      if_refuse: block(
        'Votre demande continue. Vous devrez téléverser votre avis de cotisation. Le délai est d’environ 10 jours de plus.',
      ),
      if_accept: block(
        'L’envoi se fait maintenant et pourra être refait aux dates prévues. Vous verrez chaque envoi dans «\u00a0Mes partages\u00a0».',
      ),
      withdraw: block(
        'Vous pouvez arrêter ce partage en tout temps dans «\u00a0Mes partages\u00a0». Ce qui a déjà servi au calcul reste au dossier cinq ans; plus rien ne sera envoyé.',
      ),
      rights_help: block(
        'Vous pouvez demander qu’une personne vous explique cette demande, au téléphone ou au comptoir. Vous pouvez porter plainte à la Commission d’accès à l’information.',
      ),
      legal: block(
        'Articles 53 et 53.1 de la Loi sur l’accès. Les renseignements restent au Québec et sont gardés cinq ans après le dernier versement.',
      ),
    },
    required: [
      {
        categoryId: 'cat_revenu-net',
        label: 'revenu net',
        description: 'Le revenu net de votre avis de cotisation de 2025.',
        example: '18\u00a0240\u00a0$',
      },
      {
        categoryId: 'cat_situation-familiale',
        label: 'situation familiale',
        description: 'Si vous vivez seul ou en couple, selon votre avis de cotisation.',
        example: 'en couple',
      },
    ],
    optional: [
      {
        categoryId: 'cat_personnes-a-charge',
        label: 'personnes à charge',
        description: 'Le nombre de personnes à votre charge, sans leur nom.',
        example: '1 enfant',
      },
    ],
    before: {},
    changes: undefined,
    sensitive: [],
    lookback: undefined,
    isPaused: false,
    lastDay: '2027-08-31',
    agreement: 'agr_2026-001@1',
    text: 'txt_calcul-aide@1',
    fingerprint: 'x7Qe2mT9',
  },
  en: {
    contacts: sampleContacts('en'),
    recipient: 'Student Aid (demo)',
    holder: 'Revenue Agency (demo)',
    title:
      'Do you allow the Revenue Agency (demo) to send your net income and your family situation to Student Aid (demo)?',
    summary: {
      what: ['net income', 'family situation'],
      from: block('According to your 2025 notice of assessment'),
      why: block('Calculating your 2026–27 aid, and nothing else'),
      notSent: block('The rest of your notice: employer, accounts, other income'),
      until: 'August 31, 2027',
      often: 'at most 4 times per year',
    },
    plain: undefined,
    media: [],
    ifYes: block('Your aid can be calculated right away. You can stop at any time.'),
    ifNo: block('Your application continues. You give your notice yourself: about 10 days more.'),
    grantLabel: 'Allow the sharing',
    refuseLabel: 'Refuse the sharing',
    blocks: {
      who_asks: block(
        '**Student Aid (demo)**, the body that pays loans and bursaries, is asking you to allow a sharing.',
      ),
      who_gives: block(
        'If you allow it, the **Revenue Agency (demo)** will send it the following information.',
      ),
      what: block('**Will not be sent:** your employer, your accounts, your other income.'),
      optional_items: block(
        'To check whether you are entitled to more. You can say no to this part only.',
      ),
      why: block(
        '**For one thing only:** calculating your 2026–27 aid. Using it for anything else without asking you again is forbidden.',
      ),
      how_long: block('Until **August 31, 2027**. Then the sharing ends by itself.'),
      how_often: block('At most **4** times per year.'),
      if_refuse: block(
        'Your application continues. You will need to upload your notice of assessment. It takes about 10 days more.',
      ),
      if_accept: block(
        'It is sent now and may be sent again on the planned dates. You will see every transfer in “What I share”.',
      ),
      withdraw: block(
        'You can stop this sharing at any time in “What I share”. What was already used stays on file for five years; nothing more will be sent.',
      ),
      rights_help: block(
        'You can ask for a person to explain this request to you, by telephone or at a counter. You can complain to the Commission d’accès à l’information.',
      ),
      legal: block(
        'Sections 53 and 53.1 of the Access Act. The information stays in Québec and is kept for five years after the last payment.',
      ),
    },
    required: [
      {
        categoryId: 'cat_revenu-net',
        label: 'net income',
        description: 'The net income of your 2025 notice of assessment.',
        example: '$18,240',
      },
      {
        categoryId: 'cat_situation-familiale',
        label: 'family situation',
        description:
          'Whether you live alone or as a couple, according to your notice of assessment.',
        example: 'in a couple',
      },
    ],
    optional: [
      {
        categoryId: 'cat_personnes-a-charge',
        label: 'dependants',
        description: 'The number of your dependants, without their names.',
        example: '1 child',
      },
    ],
    before: {},
    changes: undefined,
    sensitive: [],
    lookback: undefined,
    isPaused: false,
    lastDay: '2027-08-31',
    agreement: 'agr_2026-001@1',
    text: 'txt_calcul-aide@1',
    fingerprint: 'k3Vw8pRs',
  },
}
