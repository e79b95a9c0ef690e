import type { KeyPrint, SignedClaims, Step } from './verifier.js'

/** The words of one language; `language` is its code. */
export type ReceiptWords = Readonly<Record<string, string>>
export type FileParts = {
  readonly claims: SignedClaims
  readonly receipt: string
  readonly proof: string
  /** The page that was answered, as it was kept; undefined: it is no longer. */
  readonly shown: string | undefined
  /** SHA-256 of the receipt. */
  readonly print: string
  readonly keys: readonly KeyPrint[]
}
export function bodyOf(parts: FileParts, words: ReceiptWords): string
export function titleOf(main: string): string
export function partsOf(
  file: string,
): Promise<{ readonly title: string; readonly main: string; readonly version: string }>

export type VerdictSaid = {
  readonly verdict: string
  readonly look: 'done' | 'warned' | 'plain'
  readonly kind: string
  readonly title: string
  readonly lead: string
  readonly html: string
}
export function answerOf(
  checked: {
    readonly steps: readonly Step[]
    readonly claims: SignedClaims | undefined
    readonly from: 'own' | 'any'
    readonly icons: boolean
  },
  words: ReceiptWords,
): VerdictSaid
/** What the key of an answer signed, line by line, in words; \`hint\`: what the first text does not name. */
export function signedSaid(
  signed: string,
  claims: SignedClaims,
  words: ReceiptWords,
): {
  readonly facts: readonly (readonly [label: string, texts: readonly string[]])[]
  readonly hint?: string | undefined
}
/** What the recipient could still get when a sharing was stopped, a sentence each; none in another receipt. */
export function stillSaid(claims: SignedClaims, words: ReceiptWords): readonly string[]
/** The last line of what a receipt of a stop says. */
export function trueThen(claims: SignedClaims, words: ReceiptWords): string
export function stepsOf(steps: readonly Step[], words: ReceiptWords): string
export function printsSaid(keys: readonly KeyPrint[], words: ReceiptWords): string
export function linesOf(html: string): readonly string[]
export function safe(value: string | number): string
