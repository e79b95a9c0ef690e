import type { Transaction } from '../../base/database/database.ts'
import { drawWords } from '../../base/values/binding-message.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { HelpVault, HelpingOfficer } from '../../people/helps/index.ts'
import { askToHelp } from '../../people/helps/index.ts'
import type { SearchAnswer, SearchAsked, SearchingOfficer } from '../../people/searches/index.ts'
import { findFor } from '../../people/searches/index.ts'

/** The two words that both read, or how the access stands to which nobody can be asked. */
export type HelpAsked = { readonly words: Bilingual } | { readonly answer: SearchAnswer }

/**
 * Asks whomever a reference of the body leads to, on the telephone, whether this officer may see with her. It is a search, and she reads so.
 * @throws Refusal desk.act (403)
 */
export async function askByTelephone(
  _: CountedTry,
  tx: Transaction,
  parts: HelpVault,
  by: SearchingOfficer & HelpingOfficer,
  { asked, now }: { readonly asked: SearchAsked; readonly now: Date },
): Promise<HelpAsked> {
  const { answer, personId } = await findFor(tx, parts, by, asked, ['telephone'])
  if (personId === undefined || answer !== 'open') return { answer }
  const words = drawWords()
  await askToHelp(tx, parts, by, { personId, words }, now)
  return { words }
}
