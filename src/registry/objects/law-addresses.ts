import type { Bilingual } from '../../base/values/languages.ts'
import type { LegalBasis } from './legal-bases.ts'

/** A section of an Act, and where LégisQuébec has it. */
export type SectionToRead = { readonly words: Bilingual; readonly href: Bilingual }

const chapters: readonly (readonly [string, string])[] = [
  ['LAI ', 'A-2.1'],
  ['LGGRI ', 'G-1.03'],
  ['R-22.1', 'R-22.1'],
]

/** The sections on which a basis rests, each with its address in both languages; a court order rests on none. */
export function sectionsOf({ article }: LegalBasis): SectionToRead[] {
  const [start, chapter] = chapters.find(([sign]) => article.startsWith(sign)) ?? []
  if (start === undefined || chapter === undefined) return []
  const sections = article.slice(start.length).split(', ').filter(Boolean)
  if (sections.length === 0) {
    const words = { fr: `Chapitre ${chapter}`, en: `Chapter ${chapter}` }
    return [{ words, href: addressOf(chapter) }]
  }
  return sections.map((section) => ({
    words: { fr: `Article ${section}`, en: `Section ${section}` },
    href: addressOf(chapter, section),
  }))
}

// LégisQuébec writes a dot in a section as an underscore: `se:67_2_1`. A paragraph has no address of its own.
function addressOf(chapter: string, section?: string): Bilingual {
  const code = section?.replace(/ \(.*\)$/, '').replaceAll('.', '_')
  const [page, end] = code === undefined ? ['document', ''] : ['version', `?code=se:${code}`]
  const host = 'https://www.legisquebec.gouv.qc.ca'
  return {
    fr: `${host}/fr/${page}/lc/${chapter}${end}`,
    en: `${host}/en/${page}/cs/${chapter}${end}`,
  }
}
