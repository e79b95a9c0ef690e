import type { Keys } from '../../base/keys/keys.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'

// What somebody calls her access, so that two people with one device see whose pages are open. It is hers alone: it goes to no
// service, into no message, no receipt and no log, and a public terminal does not show it.

export const mostCharacters = 40
/** A character that people see may have several code points: more than these are no name. */
const mostCodePoints = 200
const mostMarks = 4

export type Nicknames = {
  readonly seals: Seals
  seal(personId: string, nickname: string): Buffer
  /** @param sealed as the row has it, in hexadecimal digits. @returns undefined where there is none, or where it does not open */
  open(personId: string, sealed: string | null | undefined): string | undefined
}

export function makeNicknames({ data }: Pick<Keys, 'data'>): Nicknames {
  const seals = makeSeals(data, 'nickname')
  return {
    seals,
    seal: (personId, nickname) => seals.seal(nickname, personId),
    open(personId, sealed) {
      if (sealed === null || sealed === undefined) return undefined
      try {
        return seals.open(Buffer.from(sealed, 'hex'), personId)
      } catch {
        // A row that somebody changed names nobody. Nothing opens by it, so that her page comes all the same.
        return undefined
      }
    },
  }
}

/**
 * The nickname as it is kept; an empty text takes it away.
 * @throws Refusal nickname.long, nickname.characters
 */
export function readNickname(typed: string): string | undefined {
  const text = typed.normalize('NFC').trim().replaceAll(/\s+/gu, ' ')
  if (text === '') return undefined
  if (charactersOf(text) > mostCharacters || Array.from(text).length > mostCodePoints)
    throw new Refusal('nickname.long')
  if (hasUnseen(text) || !/[\p{L}\p{N}\p{P}\p{S}]/u.test(text))
    throw new Refusal('nickname.characters')
  return text
}

function charactersOf(text: string): number {
  return Array.from(new Intl.Segmenter('fr', { granularity: 'grapheme' }).segment(text)).length
}

// Joiners stand where a script or a picture needs them. All else that is not seen, turns the direction of writing, or piles up marks
// over its neighbours could show another text than the one that is kept.
const inScript = String.raw`(?<=[\p{L}--\p{Script=Latin}]\p{M}*)[\u{200C}\u{200D}](?=\p{L})`
const inPicture = String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}])\u{200D}(?=\p{Extended_Pictographic})`
const asPicture = String.raw`(?<=\p{Extended_Pictographic})\u{FE0F}`
const joined = new RegExp(`${inScript}|${inPicture}|${asPicture}`, 'gv')
const unseen = new RegExp(
  `[\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]|\\p{M}{${mostMarks + 1}}`,
  'u',
)

/** Whether a text has characters that are not seen, or that pile up over others: it could show another text than the one that is kept. */
export function hasUnseen(text: string): boolean {
  return unseen.test(text.replaceAll(joined, ''))
}
