/** The two official languages of the pages: every page and message exists in both. */
export type Language = 'fr' | 'en'

/** The same words in both. */
export type InBoth = Readonly<Record<Language, string>>
