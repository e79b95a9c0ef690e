import type { Database } from '../../base/database/database.ts'
import type { Payload, Vault } from '../../ledger/chain/index.ts'
import { eventAt } from '../../ledger/chain/index.ts'
import { textIn } from '../../ledger/fold/index.ts'

// What a desk did about a person as she reads it in her activity: her line leads to the event of her chain.

const mark = 'desk:'

/** What is noted in the line: the number of the event that tells it. */
export function reasonOfDeed(personSeq: number): string {
  return `${mark}${personSeq}`
}

/** A deed of a desk as her chain tells it. */
export type DeskDeedTold = {
  readonly organisation: string
  readonly reason: string
  /** Of a search: in which function. */
  readonly role: string | undefined
  /** Of a dossier: its days. */
  readonly days: { readonly from: string; readonly to: string } | undefined
}

/** Whether a line of hers is of a desk. */
export function isDeskLine(kind: string): boolean {
  return kind === 'desk.searched' || kind === 'desk.dossier-made'
}

/** The deeds to which lines lead, by what the lines say. One that is erased, or not as written, is left out. */
export async function deskDeedsIn(
  db: Database,
  vault: Vault,
  personId: string,
  reasons: readonly string[],
): Promise<ReadonlyMap<string, DeskDeedTold>> {
  const found = new Map<string, DeskDeedTold>()
  for (const reason of reasons) {
    const seq = Number(reason.slice(mark.length))
    if (!reason.startsWith(mark) || !Number.isSafeInteger(seq)) continue
    const event = await eventAt(db, vault, personId, seq)
    if (event !== undefined && isDeskLine(event.kind)) found.set(reason, toldIn(event.payload))
  }
  return found
}

function toldIn(payload: Payload): DeskDeedTold {
  const isSearch = 'role' in payload
  return {
    organisation: textIn(payload, 'organisation'),
    reason: textIn(payload, 'reason'),
    role: isSearch ? textIn(payload, 'role') : undefined,
    days: isSearch ? undefined : { from: textIn(payload, 'from'), to: textIn(payload, 'to') },
  }
}
