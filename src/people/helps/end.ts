import { createHash } from 'node:crypto'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Actor } from '../../ledger/chain/index.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { HelpLooks, MandateEnd } from '../mandates/index.ts'
import { endHelp, findHelp } from '../mandates/index.ts'
import type { HelpVault, KnownHelp } from './judge.ts'
import { isKnown, judgeHelp } from './judge.ts'
import { noteHelp } from './lines.ts'
import { takeLooks } from './store.ts'

// A help ends by either side, and by itself. Its event holds the hash of what was looked at: the rows go.

type Ending = {
  readonly because: MandateEnd
  readonly actor: Actor
  readonly origin: Origin
}

/** Writes the end of a help. @returns false: it has ended already */
export async function closeHelp(
  tx: Transaction,
  parts: HelpVault,
  of: { readonly personId: string; readonly helpId: string },
  { because, actor, origin }: Ending,
): Promise<boolean> {
  const ended = await endHelp(tx, parts, of, { because, actor }, () =>
    tallied(tx, parts, of.helpId),
  )
  if (ended === undefined) return false
  const { organisation, at } = ended
  const line = { personId: of.personId, organisation, said: because }
  await noteHelp(tx, 'help.closed', line, origin, at)
  return true
}

async function tallied(tx: Transaction, { seals }: HelpVault, helpId: string): Promise<HelpLooks> {
  const looks = await takeLooks(tx, seals.rows, helpId)
  const lines = looks.map(({ at, no, what }) => ({ at: at.toISOString(), no, what }))
  const sha256 = createHash('sha256').update(canonical(lines)).digest('hex')
  return { looks: looks.length, sha256 }
}

/** « Fermer »: her end needs nobody and waits for nothing. @returns false: there was none */
export async function endByPerson(
  tx: Transaction,
  parts: HelpVault,
  { personId, acr }: { readonly personId: string; readonly acr: string },
  origin: Origin,
): Promise<boolean> {
  const found = await findHelp(tx, parts.seals, { personId })
  if (found === undefined) return false
  const actor = { type: 'person', acr } as const
  return closeHelp(tx, parts, found, { because: 'principal', actor, origin })
}

/** The help that is under way for her, or by an officer; one that is over gets its end written. */
export function settleHelp(
  parts: HelpVault,
  of: { readonly personId: string } | { readonly officerId: string },
  origin: Origin,
): Promise<KnownHelp | undefined> {
  return transact(parts.db, async (tx) => {
    const judged = await judgeHelp(tx, parts, of)
    if (judged === undefined) return undefined
    const { help, over } = judged
    if (over === undefined && isKnown(help)) return help
    const { personId, mandateId: helpId } = help
    const ending = { because: over ?? 'over', actor: { type: 'broker' }, origin } as const
    await closeHelp(tx, parts, { personId, helpId }, ending)
    return undefined
  })
}
