// How hard a text is to read, by LIX (C.-H. Björnsson, Läsbarhet, 1968): words a sentence, plus the percentage of words of more
// than six letters. It needs no dictionary and no syllables, so it says the same thing of French and of English. Of running
// text, 30 is easy (children's books), 40 is the ordinary press, 50 is difficult, 60 is law.

export type Readability = {
  readonly words: number
  readonly lix: number
  readonly longest: { readonly words: number; readonly sentence: string }
}

const longLetters = 6
// A label or a button is no sentence.
const leastWords = 4

export function readabilityOf(texts: readonly string[]): Readability {
  const sentences = texts
    .flatMap((text) => text.split(/[.!?:;](?=\s|$)/))
    .map((sentence) => ({ sentence, words: wordsIn(sentence) }))
    .filter(({ words }) => words.length >= leastWords)
  const words = sentences.flatMap((item) => item.words)
  const long = words.filter((word) => word.length > longLetters)
  const [longest] = sentences.toSorted((a, b) => b.words.length - a.words.length)
  return {
    words: words.length,
    lix: words.length / sentences.length + (100 * long.length) / words.length,
    longest: { words: longest?.words.length ?? 0, sentence: longest?.sentence.trim() ?? '' },
  }
}

// « aujourd’hui » is one word, « l’accès » two.
function wordsIn(text: string): readonly string[] {
  return text.replaceAll('jourd’hui', 'jourdhui').match(/[\p{L}\d]+/gu) ?? []
}
