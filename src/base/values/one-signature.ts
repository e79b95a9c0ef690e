import type { Bilingual } from './languages.ts'

/** A demonstration says it on its terminal, on its page and below each change: in production two sign. */
export const oneSuffices: Bilingual = {
  fr: 'Ici une seule signature suffit; en production il en faut deux.',
  en: 'Here one signature is enough; in production two are needed.',
}
