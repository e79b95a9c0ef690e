import { createHash } from 'node:crypto'

/** The one year of this demonstration. */
export const noticeYear = 2025

/** The member of the answer that each of the register's categories becomes. */
export const memberOf = {
  'cat_revenu-net': 'revenu_net',
  'cat_situation-familiale': 'situation_familiale',
  'cat_personnes-a-charge': 'personnes_a_charge',
} as const

/** A notice of assessment, category by category. */
export type Notice = ReadonlyMap<keyof typeof memberOf, string | number>

/** Looks for a person's notice by her number at this organisation. */
export type FindNotice = (sub: string) => Notice | undefined

const situations = ['celibataire', 'en_couple', 'separe']

// Invented, and always the same for the same person: no file about anybody is behind this demonstration.
export function inventNotice(sub: string): Notice {
  const figures = createHash('sha256').update(sub).digest()
  return new Map<keyof typeof memberOf, string | number>([
    ['cat_revenu-net', 12_000 + (figures.readUInt16BE(0) % 1500) * 10],
    ['cat_situation-familiale', situations[figures.readUInt8(2) % situations.length] ?? ''],
    ['cat_personnes-a-charge', figures.readUInt8(3) % 3],
  ])
}
