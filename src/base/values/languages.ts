/** The two official languages of the pages: every page and message exists in both. */
export type Language = 'fr' | 'en'

export const languages: readonly Language[] = ['fr', 'en']

/** A text in both languages. */
export type Bilingual = Readonly<Record<Language, string>>
