import type { AgainPage } from '../../src/consent/asking/pages/pages.ts'
import { saidBody } from '../../src/registry/index.ts'
import type { Language } from '../../src/base/values/languages.ts'

const words = {
  fr: {
    recipient: 'l’Aide aux études (démo)',
    holder: 'Agence du revenu (démo)',
    income: 'Revenu net',
    family: 'Situation familiale',
    dependants: 'Nombre de personnes à charge',
  },
  en: {
    recipient: 'Student Aid (demo)',
    holder: 'Revenue Agency (demo)',
    income: 'Net income',
    family: 'Family situation',
    dependants: 'Number of dependants',
  },
}

function pageOf(language: Language): AgainPage {
  const { recipient, holder, income, family } = words[language]
  return {
    csrf: 'csrf-of-a-sample',
    said: saidBody('recipient', recipient, language),
    items: [
      {
        kind: 'refused',
        at: new Date('2026-03-03T15:04:00Z'),
        holder,
        same: [income, family],
        added: [],
      },
    ],
    keepAction: '#',
    seeAction: '#',
    silenceAction: '#',
  }
}

function several(language: Language): AgainPage {
  const page = pageOf(language)
  const { holder, income, dependants } = words[language]
  const stopped = {
    kind: 'stopped' as const,
    at: new Date('2026-03-12T15:04:00Z'),
    holder,
    same: [income],
    added: [dependants],
  }
  return { ...page, items: [...page.items, stopped] }
}

export default {
  refused: pageOf,
  stopped: (language: Language) => ({
    ...pageOf(language),
    items: several(language).items.slice(1),
  }),
  several,
} satisfies Record<string, (language: Language) => AgainPage>
