import { readdirSync } from 'node:fs'
import type { Frame, Language } from '../../src/foundation/pages.ts'

export const viewsFolder = new URL('../../views/', import.meta.url).pathname

/** One page that a person may see: a template with one of its samples. */
export type SamplePage = {
  readonly template: string
  readonly sample: string
  readonly page: object
}

/** Every template of a room, with every sample that stands beside it. */
export async function samplePages(): Promise<readonly SamplePage[]> {
  const pages: SamplePage[] = []
  for (const template of templates()) {
    // The file's own `satisfies` has checked its type.
    const file = (await import(`${viewsFolder}${template}.sample.ts`)) as {
      default: Record<string, object>
    }
    for (const [sample, page] of Object.entries(file.default)) {
      pages.push({ template, sample, page })
    }
  }
  return pages
}

export function templates(): readonly string[] {
  return readdirSync(viewsFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.eta') && !/^(layouts|partials)\//.test(file))
    .map((file) => file.slice(0, -'.eta'.length))
    .toSorted()
}

export function sampleFrame(language: Language, template: string): Frame {
  return {
    language,
    brand: 'Accord',
    deployment: language === 'fr' ? 'démonstration' : 'demonstration',
    otherLanguageHref: language === 'fr' ? '/en/ailleurs' : '/ailleurs',
    base: language === 'fr' ? '' : '/en',
    signedIn: /^dashboard\/|^provider\/sign-out$/.test(template),
    version: '0.1.0',
  }
}
