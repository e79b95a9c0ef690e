import type { Language } from '../../src/base/values/languages.ts'
import type { Decision, Limits, Measured, Task } from './measures.ts'
import type { WholePage } from './whole-pages.ts'
import { wholePages } from './whole-pages.ts'

// docs/pages.md and docs/pages.en.md: what the pages cost a person, and how three of them look.

type Said = {
  readonly title: string
  readonly lead: string
  readonly tasks: string
  readonly task: readonly [string, string, string, string]
  readonly taskNames: Readonly<Record<Task, string>>
  readonly decisions: string
  readonly decision: readonly [string, string, string, string, string]
  readonly decisionNames: Readonly<Record<Decision, string>>
  readonly wholes: string
  readonly whole: readonly [string, string, string, string, string]
  readonly wholeNames: Readonly<Record<WholePage, string>>
  readonly looks: string
  readonly narrow: string
  readonly pictures: Readonly<Record<'question' | 'sharings' | 'activity', string>>
}

const said: Readonly<Record<Language, Said>> = {
  fr: {
    title: 'Les pages, mesurées',
    lead: `[English](pages.en.md)

Écrit par \`npm run pages\` : l’histoire de la démonstration, vécue dans Chromium, et les exemples de pages entières. La suite tient chaque maximum (\`test/journeys/measured.test.ts\`, \`test/journeys/reading.test.ts\`).`,
    tasks: 'Ce que chaque chose demande',
    task: ['chose', 'gestes', 'au plus', 'pages'],
    taskNames: {
      access: 'créer son accès, à partir d’un service, jusqu’au retour',
      second: 'ouvrir un deuxième service',
      consent: 'répondre à une question et revenir au service',
      received: 'savoir qui a reçu quoi cette année, à partir de l’accueil',
      stop: 'arrêter un partage, à partir de l’accueil',
      recovery: 'revenir avec un code, jusqu’à la nouvelle clé',
      'not-me': 'dire « Ce n’était pas moi », à partir de l’accueil',
    },
    decisions: 'Ce qui vient avant chaque décision',
    decision: [
      'page',
      'mots, du titre au dernier bouton',
      'au plus',
      'dernier bouton, à 320 × 640',
      'au plus',
    ],
    decisionNames: {
      'sign-in': 'se connecter',
      question: 'la question',
      stop: 'arrêter un partage',
      'way-back': 'choisir une nouvelle façon d’entrer',
    },
    wholes: 'Les pages entières, à 320 × 640',
    whole: ['page', 'mots', 'au plus', 'écrans', 'au plus'],
    wholeNames: {
      home: '« Mon espace »',
      sharings: '« Mes partages », quatre raisons',
      stop: 'arrêter un partage, il reste une autre raison',
      done: 'le partage est arrêté, il reste une autre raison',
      'done-most': 'deux partages sont arrêtés, il reste trois autres raisons',
      activity: '« Mon activité », trente lignes',
      account: '« Mon accès », dans chaque état : le plus long',
      first: '« Où vous prévenir? »',
      portrait: 'le portrait, onze organismes',
      'plain-question': 'la question, en clair (mots : ses lignes illustrées)',
      film: 'la même, avec un film et un enregistrement',
    },
    looks: 'Ce qu’on voit sans défiler',
    narrow: 'La question sur un téléphone',
    pictures: {
      question: 'La question',
      sharings: '« Mes partages »',
      activity: '« Mon activité »',
    },
  },
  en: {
    title: 'The pages, measured',
    lead: `[Français](pages.md)

Written by \`npm run pages\`: the demonstration’s story, lived in Chromium, and samples of whole pages. The suite holds each limit (\`test/journeys/measured.test.ts\`, \`test/journeys/reading.test.ts\`).`,
    tasks: 'What each thing takes',
    task: ['thing', 'presses', 'at most', 'pages'],
    taskNames: {
      access: 'open an access, from a service until one is back there',
      second: 'open a second service',
      consent: 'answer a question and return to the service',
      received: 'learn who received what this year, from the home page',
      stop: 'stop a sharing, from the home page',
      recovery: 'come back with a code, until there is a new key',
      'not-me': 'say “It was not me”, from the home page',
    },
    decisions: 'What comes before each decision',
    decision: [
      'page',
      'words, from the title to the last button',
      'at most',
      'last button, at 320 × 640',
      'at most',
    ],
    decisionNames: {
      'sign-in': 'sign in',
      question: 'the question',
      stop: 'stop a sharing',
      'way-back': 'choose a new way in',
    },
    wholes: 'Whole pages, at 320 × 640',
    whole: ['page', 'words', 'at most', 'screens', 'at most'],
    wholeNames: {
      home: 'My space',
      sharings: 'What I share, four reasons',
      stop: 'stop a sharing, another reason is left',
      done: 'the sharing is stopped, another reason is left',
      'done-most': 'two sharings are stopped, three other reasons are left',
      activity: 'My activity, thirty lines',
      account: 'My account, in each state: the longest',
      first: 'Where can we warn you?',
      portrait: 'the picture, eleven organisations',
      'plain-question': 'the question, in plain words (words: its lines with pictures)',
      film: 'the same, with a film and a recording',
    },
    looks: 'What one sees without scrolling',
    narrow: 'The question on a telephone',
    pictures: { question: 'The question', sharings: 'What I share', activity: 'My activity' },
  },
}

export function pagesDocument(
  language: Language,
  { efforts, before, lengths }: Measured,
  most: Limits,
): string {
  const own = said[language]
  const tasks = keysOf(own.taskNames).map((task) => [
    own.taskNames[task],
    efforts[task].clicks,
    most.clicks[task],
    efforts[task].pages,
  ])
  const decisions = keysOf(own.decisionNames).map((decision) => [
    own.decisionNames[decision],
    before[decision].words,
    most.words[decision],
    `${before[decision].top} px`,
    `${most.top[decision]} px`,
  ])
  const pages = keysOf(own.wholeNames).map((page) => [
    own.wholeNames[page],
    lengths[page].words,
    wholePages[page].words,
    lengths[page].screens.toFixed(2),
    wholePages[page].screens,
  ])
  const pictures = keysOf(own.pictures).map(
    (name) => `### ${own.pictures[name]}

![${own.pictures[name]}](pictures/${name}-wide.${language}.png)${name === 'question' ? ` ![${own.narrow}](pictures/question-narrow.${language}.png)` : ''}
`,
  )
  return `# ${own.title}

${own.lead}

## ${own.tasks}

${tableOf(own.task, tasks)}

## ${own.decisions}

${tableOf(own.decision, decisions)}

## ${own.wholes}

${tableOf(own.whole, pages)}

## ${own.looks}

${pictures.join('\n')}`
}

function tableOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [lineOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n')
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[] // records of exactly these keys
}

function lineOf(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
