import { randomInt } from 'node:crypto'
import { Refusal } from '../../base/values/refusal.ts'

// The number of a card and its codes, as people write them: digits, which are read aloud and typed on a keypad without a doubt.

const drawnDigits = 12
const codeDigits = 8
export const codesOfCard = 12

/** Twelve digits that are drawn, and two by which a wrong or exchanged digit is found (ISO/IEC 7064, MOD 97-10, as in an IBAN). */
export function drawCardNumber(): string {
  const drawn = digits(drawnDigits)
  const check = 98n - ((BigInt(drawn) * 100n) % 97n)
  return `${drawn}${check.toString().padStart(2, '0')}`
}

/** @throws Refusal card.number-typed: it is the number of no card, whoever has one */
export function readCardNumber(typed: string): string {
  const number = plain(typed)
  const isWhole = /^\d{14}$/.test(number) && BigInt(number) % 97n === 1n
  if (!isWhole) throw new Refusal('card.number-typed')
  return number
}

/** So many different codes. */
export function drawCardCodes(): readonly string[] {
  const drawn = new Set<string>()
  while (drawn.size < codesOfCard) drawn.add(digits(codeDigits))
  return [...drawn]
}

/** @throws Refusal card.code-typed: a code has another length */
export function readCardCode(typed: string): string {
  const code = plain(typed)
  if (!/^\d{8}$/.test(code)) throw new Refusal('card.code-typed')
  return code
}

/** In groups of four, as it is printed. */
export function shownDigits(number: string): string {
  return number.replaceAll(/\d{4}(?=\d)/g, '$& ')
}

export function lastFour(number: string): string {
  return number.slice(-4)
}

function plain(typed: string): string {
  return typed.normalize('NFKC').replaceAll(/[\s\p{Pd}.]/gu, '')
}

function digits(count: number): string {
  return randomInt(10 ** count)
    .toString()
    .padStart(count, '0')
}
