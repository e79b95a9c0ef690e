import { signedSaid } from '../../../public/js/receipt-said.js'
import type { SignedClaims } from '../../../public/js/verifier.js'
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
