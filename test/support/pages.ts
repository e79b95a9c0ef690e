import { readdirSync } from 'node:fs'
import type { Language } from '../../src/base/values/languages.ts'
import { retention, spansInWords } from '../../src/base/values/retention.ts'
import type { Frame, KioskBar } from '../../src/base/web/pages.ts'
import type { Views } from '../../src/base/web/views.ts'
import { withEnglishNames } from '../../views/sample-register.ts'

export const viewsFolder = new URL('../../views/', import.meta.url).pathname

/** One page that a person may see: a template with one of its samples, in one language. */
export type SamplePage = {
  readonly template: string
  readonly sample: string
  readonly language: Language
  readonly page: object
}

// The words of the register come in two languages: such a sample is made for one of them.
type Sample = object | ((language: Language) => object)

// Rendered alone: the page holds its region, as it was hashed.
const regionOf: Readonly<Record<string, string>> = {
  'asking/notice': 'asking/notice-terms',
}
const regions = ['asking/terms', ...Object.values(regionOf)]

/** Every page of a room, with every sample that stands beside its template, in both languages. */
export async function samplePages(views: Views): Promise<readonly SamplePage[]> {
  const samples = await sampleRegions()
  const pages = await samplesOf(templates().filter((template) => !regions.includes(template)))
  return pages.map((sample) => {
    const region = regionOf[sample.template]
    if (region === undefined) return sample
    const rendered = renderRegion(views, region, samples, sample)
    return { ...sample, page: { ...sample.page, region: rendered } }
  })
}

/** The samples of the regions that pages hold. */
export function sampleRegions(): Promise<readonly SamplePage[]> {
  return samplesOf(regions)
}

function renderRegion(
  views: Views,
  region: string,
  samples: readonly SamplePage[],
  held: SamplePage,
): string {
  const own = samples.filter(
    ({ language, template }) => language === held.language && template === region,
  )
  const found = own.find(({ sample }) => sample === held.sample) ?? own[0]
  return views.fragment(region, found?.page ?? {}, sampleFrame(held.language, region))
}

async function samplesOf(templates: readonly string[]): Promise<readonly SamplePage[]> {
  const pages: SamplePage[] = []
  for (const template of templates) {
    // The file's own `satisfies` has checked its type.
    const file = (await import(`${viewsFolder}${template}.sample.ts`)) as {
      default: Record<string, Sample>
    }
    for (const [sample, made] of Object.entries(file.default)) {
      for (const language of ['fr', 'en'] as const) {
        pages.push({ template, sample, language, page: inLanguage(made, language) })
      }
    }
  }
  return pages
}

function inLanguage(made: Sample, language: Language): object {
  const page = typeof made === 'function' ? (made(language) as object) : made
  return language === 'en' ? withEnglishNames(page) : page
}

export function templates(): readonly string[] {
  return readdirSync(viewsFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.eta') && !/^(layouts|partials)\//.test(file))
    .map((file) => file.slice(0, -'.eta'.length))
    .toSorted()
}

/** What stands above the pages of a public terminal. */
export const sampleBar: KioskBar = {
  csrf: 'csrf-of-a-sample',
  visit: '',
  overHref: '/poste-public/fin?csrf=csrf-of-a-sample',
  refresh: undefined,
  askAfter: 90,
  endAfter: 30,
}

const sampleOperator: Readonly<Record<Language, Frame['operator']>> = {
  fr: {
    name: 'Centre d’aide (démo)',
    privacyOfficer: 'Responsable de la protection des renseignements personnels',
    contact: {
      organisation: undefined,
      name: 'Centre d’aide (démo)',
      telephone: { href: 'tel:+14185550100', text: '418\u00a0555-0100' },
      hours: 'Du lundi au vendredi, de 8\u00a0h\u00a030 à 16\u00a0h\u00a030',
      email: 'aide@accord.exemple.test',
      address: '1, rue de l’Exemple, Ville-Inventée (Québec)',
    },
  },
  en: {
    name: 'Help centre (demo)',
    privacyOfficer: 'Officer for the protection of personal information',
    contact: {
      organisation: undefined,
      name: 'Help centre (demo)',
      telephone: { href: 'tel:+14185550100', text: '418\u00a0555-0100' },
      hours: 'Monday to Friday, 8:30 a.m. to 4:30 p.m.',
      email: 'aide@accord.exemple.test',
      address: '1 Exemple Street, Ville-Inventée, Québec',
    },
  },
}

/** @param sample a sample named `kiosk` is what a public terminal shows; `halted`, what is shown while nothing is permitted to anybody */
export function sampleFrame(language: Language, template: string, sample = ''): Frame {
  return {
    language,
    brand: 'Accord',
    deployment:
      language === 'fr'
        ? 'Démonstration : tout est inventé'
        : 'Demonstration: everything is made up',
    otherLanguageHref: language === 'fr' ? '/en/ailleurs' : '/ailleurs',
    isLarge: false,
    otherSizeHref: '?gros=1',
    base: language === 'fr' ? '' : '/en',
    signedIn:
      /^(asking|claims|my-access|my-activity|my-sharing|my-space|my-data|disputes)\/|^notifications\/(messages|confirm)$|^provider\/sign-out$/.test(
        template,
      ),
    tab: undefined,
    // Longer than a phone is wide.
    nickname: 'Marie-Antoinette, la benjamine de Rimouski',
    isApart: /^(asking|claims)\//.test(template),
    kiosk: sample === 'kiosk' || /^kiosk\/|\/at-home$/.test(template) ? sampleBar : undefined,
    version: '0.2.0',
    whyNothing: sample === 'halted' ? 'behind' : undefined,
    operator: sampleOperator[language],
    spans: () => spansInWords(retention, language),
  }
}
