import { signedSaid, stillSaid, trueThen } from '../../../public/js/receipt-said.js'
import type { SignedClaims } from '../../../public/js/verifier.js'
import type { Language } from '../../base/values/languages.ts'
import { languages } from '../../base/values/languages.ts'
import { saidWords } from './said-words.ts'

/** What the key of an answer signed, line by line, in the words of both languages. @param signed the text that was signed */
export function signedInWords(signed: string, claims: SignedClaims): readonly string[] {
  return languages.flatMap((language) => {
    const t = saidWords[language]
    const { facts, hint } = signedSaid(signed, claims, t)
    const lines = facts.map(([label, texts]) => `  ${label}: ${texts.join(', ')}`)
    return [`${t['text.title']}:`, ...lines, ...(hint === undefined ? [] : [`  ${hint}`])]
  })
}

/** What a receipt of a stop says of what was left at that moment; no line of another receipt. */
export function leftInWords(
  claims: SignedClaims,
  language: Language,
): { readonly lines: readonly string[]; readonly trueAt: string | undefined } {
  if (claims['still'] === undefined) return { lines: [], trueAt: undefined }
  const t = saidWords[language]
  return { lines: stillSaid(claims, t), trueAt: trueThen(claims, t) }
}

/** The same in both languages, for a command. */
export function stillInWords(claims: SignedClaims): readonly string[] {
  return languages.flatMap((language) => {
    const { lines, trueAt } = leftInWords(claims, language)
    if (trueAt === undefined) return []
    return [`${saidWords[language].still}:`, ...lines.map((line) => `  ${line}`), `  ${trueAt}`]
  })
}
