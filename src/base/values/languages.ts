/** The two official languages of the pages: every page and message exists in both. What a third one lacks does not compile, or fails a test. */
export const languages = ['fr', 'en'] as const
export type Language = (typeof languages)[number]

/** A text in both languages. */
export type Bilingual = Readonly<Record<Language, string>>

/** A text that words say. */
export function bilingualText(say: (language: Language) => string): Bilingual {
  return { fr: say('fr'), en: say('en') }
}

/** What stands before every internal address of a page: nothing in French. */
export const languagePrefixes = { fr: '', en: '/en' } as const satisfies Bilingual
export type LanguagePrefix = (typeof languagePrefixes)[Language]
