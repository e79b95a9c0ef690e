import type { Language } from '../../base/values/languages.ts'
import { plain } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type { MessageKind } from './kinds.ts'
import { isKind, kinds } from './kinds.ts'

/** A longer word is cut: no sentence of ours needs one. */
const maxWord = 60

/** The word that she looks for; undefined: none. */
export function wordIn(value: string | string[] | undefined): string | undefined {
  const [typed = ''] = [value].flat()
  const word = typed.trim().slice(0, maxWord)
  return word === '' ? undefined : word
}

/** The kinds of messages whose words have this one. Messages hold nothing else: what they say follows from their kind. */
export function kindsWith(word: string, words: Words, language: Language): MessageKind[] {
  const found = plain(word)
  return Object.keys(kinds)
    .filter(isKind)
    .filter((kind) =>
      (['subject', 'text'] as const).some((part) =>
        plain(words.t(language, `notifications.message.${kind}.${part}`, { brand: '' })).includes(
          found,
        ),
      ),
    )
}
