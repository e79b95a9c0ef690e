import english from '../../views/locales/en.json' with { type: 'json' }
import french from '../../views/locales/fr.json' with { type: 'json' }
import type { Language } from '../../src/base/values/languages.ts'

// Lines of a page in which the name of a body stands without its article in the middle of a sentence: « par Agence du revenu ». Alone, before
// a colon or in a list, a name needs none.

/** Bodies of the samples that have an article in a sentence. */
const named: Readonly<Record<Language, string>> = {
  fr: 'Agence du revenu(?! du Québec)|Aide aux études|Régie des garderies',
  en: 'Revenue Agency|Daycare Board',
}

/** A name with the word before it, and the first letter of a small word after it. */
function around(language: Language): RegExp {
  const end = '(?: \\((?:démo|demo)\\))?(?: (?<after>\\p{Ll}))?'
  return new RegExp(`(?:(?<before>\\p{L}+) )?(?<!’)(?:${named[language]})${end}`, 'gu')
}

/** « Agence du revenu du Québec » is another name, and so is “Québec Revenue Agency”. */
const enough = /^(?:la|the|Québec)$/i

/** Whether a sentence goes on with a name: a word that is no article stands before it, or a small one after it. */
function isBare(line: string, names: RegExp): boolean {
  return [...line.matchAll(names)].some(({ groups: { before, after } = {} }) =>
    before === undefined ? after !== undefined : !enough.test(before),
  )
}

const catalogues = { fr: french, en: english } as const

// What is named here is a service, whose name is a title: in the demonstration it is that of its body.
const beforeServices = [
  'my-access.overview.service-see-of',
  'provider.sign-out.from',
  'signin.sign-in.to',
]

function ofService(language: Language): readonly RegExp[] {
  return Object.entries(catalogues[language])
    .filter(([key, text]) => text.includes('{service}') || beforeServices.includes(key))
    .map(([, text]) => {
      const begins = text.replaceAll(/[.*+?^$()[\]\\|]/g, '\\$&').replaceAll(/\{\w+\}/g, '.+')
      return new RegExp(`^${begins}`)
    })
}

const blocks =
  /<\/?(?:p|li|h\d|dd|dt|div|td|th|summary|ul|ol|a|button|section|label|legend|small|tr|table|form|article|header|caption|figcaption)\b[^>]*>/g

/** @param html of a page, or a part of one */
export function bareNamesIn(html: string, language: Language): readonly string[] {
  const [names, services] = [around(language), ofService(language)]
  const labels = [...html.matchAll(/ (?:aria-label|title|alt)="([^"]*)"/g)].map(([, said]) => said)
  return [...html.replaceAll(blocks, '\n').split('\n'), ...labels]
    .map((line = '') =>
      line
        .replaceAll(/<[^>]+>/g, '')
        .replaceAll('&#39;', '’')
        .replaceAll(/[ \u00a0]+/g, ' ')
        .trim(),
    )
    .filter((line) => isBare(line, names) && !services.some((one) => one.test(line)))
}
