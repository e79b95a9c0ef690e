import type { Database } from '../../base/database/database.ts'
import type { AccessUse, Payload, ToldStanding, Vault } from '../../ledger/chain/index.ts'
import { eventAt } from '../../ledger/chain/index.ts'
import { dateIn, InvalidEvent, textIn, valueIn } from '../../ledger/fold/index.ts'

// What the event `access.standing` says, as its readers need it: the deed after it, the fold, and her page.

const statuses = ['active', 'deceased', 'merged', 'erased'] as const

/** How an access stands by this event. @throws InvalidEvent where it does not say so */
export function standingIn(payload: Payload): ToldStanding {
  const said = textIn(payload, 'status')
  const status = statuses.find((one) => one === said)
  if (status === undefined) throw new InvalidEvent('it tells no standing')
  return {
    status,
    suspendedAt: instantIn(payload, 'suspended_at'),
    closedAt: instantIn(payload, 'closed_at'),
    eraseAt: instantIn(payload, 'erase_at'),
    use: useIn(payload),
  }
}

// An event says it of a work access alone, the row of an access says it of each.
function useIn({ use = 'own' }: Payload): AccessUse {
  if (use !== 'own' && use !== 'work') throw new InvalidEvent('it tells no use')
  return use
}

function instantIn(payload: Payload, name: string): Date | null {
  return valueIn(payload, name) === null ? null : dateIn(payload, name)
}

/** Who did it; `order`: this broker, by an order of her chain; `organisation`: an officer of a body, at her request. */
export type StandingAuthorRead = 'person' | 'broker' | 'organisation' | 'order'

export type StandingRead = {
  readonly is: ToldStanding
  readonly by: StandingAuthorRead
  /** `org_…`, where an officer of it did it. */
  readonly organisation: string | undefined
}

const mark = 'standing:'

/** What is noted of a change in her activity: the number of the event that tells it. */
export function reasonOfStanding(personSeq: number): string {
  return `${mark}${personSeq}`
}

/** The standings to which lines of her activity lead, by what the lines say. One that is erased, or not as written, is left out. */
export async function standingsIn(
  db: Database,
  vault: Vault,
  personId: string,
  reasons: readonly string[],
): Promise<ReadonlyMap<string, StandingRead>> {
  const found = new Map<string, StandingRead>()
  for (const reason of reasons) {
    const seq = Number(reason.slice(mark.length))
    if (!reason.startsWith(mark) || !Number.isSafeInteger(seq)) continue
    const event = await eventAt(db, vault, personId, seq)
    if (event?.kind !== 'access.standing') continue
    found.set(reason, { is: standingIn(event.payload), ...authorIn(event.payload) })
  }
  return found
}

function authorIn({ by, actor }: Payload): Pick<StandingRead, 'by' | 'organisation'> {
  const organisation = organisationIn(actor)
  if (by === 'organisation' && organisation !== undefined) return { by, organisation }
  const author = by === 'person' || by === 'broker' ? by : 'order'
  return { by: author, organisation: undefined }
}

function organisationIn(actor: Payload[string] | undefined): string | undefined {
  if (typeof actor !== 'object' || actor === null || !('organisation' in actor)) return undefined
  return typeof actor['organisation'] === 'string' ? actor['organisation'] : undefined
}
