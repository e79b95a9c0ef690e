import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { placedLine, prose, shortLine } from './file-fields.ts'

/** The blocks of a consent text, in the order in which they stand. */
const roles = [
  'who_asks',
  'who_gives',
  'what',
  'optional_items',
  'why',
  'how_long',
  'how_often',
  'if_refuse',
  'if_accept',
  'withdraw',
  'rights_help',
  'legal',
] as const
export type Role = (typeof roles)[number]
const conditionalRoles: readonly Role[] = ['optional_items', 'how_often']

const blockText = prose
  .refine((text) => !/[<>]/.test(text), 'must be plain text, without < or >')
  .refine((text) => text.split('**').length % 2 === 1, 'must close every **')
  .describe('Plain text with **emphasis**, {until}, {count}, {period} and {example.cat_a-name}.')

export const blocks = z
  .array(z.strictObject({ role: z.enum(roles), fr: blockText, en: blockText }))
  .refine(areInOrder, `must have these roles in this order, each once: ${roles.join(', ')}`)

const mostOfFact = 60
const mostOfConsequence = 90
const short = (most: number) => z.strictObject({ fr: shortLine(most), en: shortLine(most) })

/** What the page says above its buttons; the blocks below say it whole. */
export const inShort = z.strictObject({
  what: short(mostOfFact).describe('Where the information comes from: the page names the rest.'),
  why: short(mostOfFact).describe('What it is for, and nothing else.'),
  not_sent: short(mostOfFact).describe('What the holder has and does not send.'),
  if_yes: short(mostOfConsequence).describe('Stands above the button that allows.'),
  if_no: short(mostOfConsequence).describe('Stands above the button that refuses.'),
})

/** What may stand beside a plain line: `public/icons/<name>.svg`. */
export const pictures = [
  'calendar',
  'computer',
  'counter',
  'device',
  'envelope',
  'eye',
  'family',
  'file',
  'group',
  'hand',
  'house',
  'key',
  'law',
  'lock',
  'money',
  'person',
  'phone',
  'receipt',
  'search',
  'sent',
  'sheet',
  'shield',
  'studies',
  'waiting',
] as const

const mostOfPlainLine = 150
const plainLine = placedLine(mostOfPlainLine)

/** « En clair »: the question in a few easy words. What it tells of the terms are places, which the page fills. */
export const inPlainWords = z
  .array(z.strictObject({ picture: z.enum(pictures), fr: plainLine, en: plainLine }))
  .min(3)
  .max(5)

// The purpose decides whether the conditional blocks must be present.
function areInOrder(blocks: readonly { readonly role: Role }[]): boolean {
  const found = blocks.map(({ role }) => role)
  const due = roles.filter((role) => found.includes(role) || !conditionalRoles.includes(role))
  return isDeepStrictEqual(found, due)
}
