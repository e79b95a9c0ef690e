import type { KeyObject } from 'node:crypto'
import type { DataKey } from '../../base/sealing/data-keys.ts'
import { pepperOf } from '../../base/sealing/data-keys.ts'
import { hmac } from '../../base/sealing/keyed-crypto.ts'
import { present } from '../../base/values/present.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import { drawCardCodes, drawCardNumber, lastFour, shownDigits } from './card-number.ts'

// Of a card only HMACs are kept, under a key that is not in the database. A code has 26 bits, more than the 20 that NIST SP 800-63B asks of
// a look-up secret; the counts of tries keep them from being guessed.

/** A card as it is shown, once, and what the database keeps of it. */
export type DrawnCard = {
  readonly number: string
  readonly codes: readonly string[]
  readonly kept: {
    readonly numberMark: Buffer
    readonly lastFour: string
    readonly proofs: readonly Buffer[]
  }
}

/** What somebody typed, by `readCardNumber` and `readCardCode`. */
export type GivenCard = { readonly number: string; readonly code: string }
/** The same under each key, newest first: if both are right, one of each is in the rows of the card. */
export type TypedCard = { readonly marks: readonly Buffer[]; readonly proofs: readonly Buffer[] }

export type CardProofs = {
  draw(): DrawnCard
  /** By which a card with this number is found. */
  marksOf(number: string): Promise<readonly Buffer[]>
  /** The same work whether or not there is such a card. */
  prove(counted: CountedTry, given: GivenCard): Promise<TypedCard>
}

/** @param openKept the peppers of retired keys: cards that were made under them still open */
export function makeCardProofs(
  dataKeys: readonly DataKey[],
  openKept: () => Promise<readonly KeyObject[]>,
): CardProofs {
  const peppers = dataKeys.map(pepperOf)
  const all = async () => [...peppers, ...(await openKept())]
  return {
    draw() {
      const [number, codes] = [drawCardNumber(), drawCardCodes()]
      const pepper = present(peppers[0], 'a key of cards')
      return {
        number: shownDigits(number),
        codes: codes.map(shownDigits),
        kept: {
          numberMark: markOf(pepper, number),
          lastFour: lastFour(number),
          proofs: codes.map((code) => proofOf(pepper, { number, code })),
        },
      }
    },
    async marksOf(number) {
      return (await all()).map((pepper) => markOf(pepper, number))
    },
    async prove(_, given) {
      const under = await all()
      return {
        marks: under.map((pepper) => markOf(pepper, given.number)),
        proofs: under.map((pepper) => proofOf(pepper, given)),
      }
    },
  }
}

function markOf(pepper: KeyObject, number: string): Buffer {
  return hmac(pepper, 'card number:', number)
}

function proofOf(pepper: KeyObject, { number, code }: GivenCard): Buffer {
  return hmac(pepper, `card code:${number}:`, code)
}
