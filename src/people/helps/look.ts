import type { Transaction } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { closeHelp } from './end.ts'
import type { HelpVault, HelpingOfficer, KnownHelp } from './judge.ts'
import { isKnown, judgeHelp } from './judge.ts'
import { noteHelp } from './lines.ts'
import { insertLook } from './store.ts'
import type { HelpView } from './tables.ts'

// What an officer does in a help: look, and end it. After the commit of an end both answer as if it had never been.

/** Whose pages an officer sees, in which language, from when until when. */
export type HelpedPerson = {
  readonly personId: string
  readonly language: Language
  readonly since: Date
  readonly until: Date
}

type Of = { readonly helpId: string; readonly origin: Origin }

/**
 * A look of an officer, written before he reads anything.
 * @param language of the page that he asked for: one in another language than hers is no look, and leads to hers
 * @throws Refusal not-found (404)
 */
export async function lookInHelp(
  tx: Transaction,
  parts: HelpVault,
  officer: HelpingOfficer,
  { helpId, what, language, origin }: Of & { readonly what: HelpView; readonly language: Language },
): Promise<HelpedPerson> {
  const { help, book } = await helpFor(tx, parts, officer, helpId)
  const { personId, organisation, desk } = help
  const seen = { personId, language: desk.language, ...termOf(help) }
  if (language !== desk.language) return seen
  const { now } = book
  await insertLook(tx, parts.seals.rows, { helpId, personId, what, at: now })
  await noteHelp(tx, 'help.looked', { personId, organisation, said: what }, origin, now)
  return seen
}

/** « Terminer l’aide ». @throws Refusal not-found (404) */
export async function endByOfficer(
  tx: Transaction,
  parts: HelpVault,
  officer: HelpingOfficer,
  { helpId, origin }: Of,
): Promise<void> {
  const { help } = await helpFor(tx, parts, officer, helpId)
  const { organisation } = officer
  const actor = { type: 'organisation', organisation } as const
  await closeHelp(
    tx,
    parts,
    { personId: help.personId, helpId },
    { because: 'holder', actor, origin },
  )
}

/** It is not there, it is of another officer or of another session of his, or it is over. */
async function helpFor(
  tx: Transaction,
  parts: HelpVault,
  { officerId, sessionUid, organisation, holder }: HelpingOfficer,
  helpId: string,
): Promise<{ readonly help: KnownHelp; readonly book: Book }> {
  const judged = await judgeHelp(tx, parts, { helpId }, holder)
  if (judged === undefined || judged.over !== undefined || !isKnown(judged.help))
    throw new Refusal('not-found', 404)
  const { desk, organisation: body } = judged.help
  const isHis = desk.officerId === officerId && desk.officerSession === sessionUid
  if (!isHis || body !== organisation) throw new Refusal('not-found', 404)
  return { help: judged.help, book: judged.book }
}

/** From when until when it lasts. */
export function termOf({ fromAt, untilAt }: KnownHelp): Pick<HelpedPerson, 'since' | 'until'> {
  return { since: present(fromAt, 'the start of a help'), until: present(untilAt, 'its end') }
}
