import type { EventKind, JsonValue } from '../../ledger/chain/index.ts'
import type {
  Cell,
  ErasedEvent,
  StoredRow,
  Projection,
  ToldEvent,
  ToldRow,
} from '../../ledger/fold/index.ts'
import {
  idOf,
  isErasedAt,
  listIn,
  textIn,
  InvalidEvent,
  notInEvents,
} from '../../ledger/fold/index.ts'
import { purposeHash } from './question.ts'

// What a person said to services that ask for claims, told by her events.

type Telling = {
  readonly personId: string
  readonly hasAccount: boolean
  readonly erased: readonly ErasedEvent[]
}
type Told = Telling & { readonly rows: Map<string, ToldRow> }

/** Tells the rows of this room. */
export function claimsTeller(telling: Telling): Projection {
  const told: Told = { ...telling, rows: new Map() }
  return {
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => [
      {
        name: 'claim_answer',
        rows: told.rows,
        key: keyOf,
        called: keyOf,
        mayStand: (row) =>
          isErasedAt(row['answered_at'], ['claims.answered', 'claims.ended'], telling.erased),
        // With the account of a person who closed it the rows go; her events stay.
        mayLack: () => !telling.hasAccount,
      },
    ],
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'claims.answered': answer,
  'claims.ended': end,
  'connection.ended': ({ rows }, { payload }) => {
    const service = textIn(payload, 'service')
    for (const [key, row] of rows) if (row['service_id'] === service) rows.delete(key)
  },
}

function answer(told: Told, { payload, recordedAt }: ToldEvent): void {
  const service_id = textIn(payload, 'service')
  for (const { claim, given, purpose } of claimsIn(payload['claims'])) {
    const said = { is_given: given, purpose_sha256: purposeHash(purpose), answered_at: recordedAt }
    put(told, { service_id, claim, ...said })
  }
}

function end(told: Told, { payload, recordedAt }: ToldEvent): void {
  const service_id = textIn(payload, 'service')
  for (const claim of listIn(payload, 'claims')) {
    const known = told.rows.get(keyOf({ service_id, claim }))
    if (known === undefined && told.erased.length === 0)
      throw new InvalidEvent('it ends what was never given')
    const purpose_sha256 = known?.['purpose_sha256'] ?? notInEvents
    put(told, { service_id, claim, is_given: false, purpose_sha256, answered_at: recordedAt })
  }
}

type Row = Readonly<Record<string, Cell>> & { readonly service_id: string; readonly claim: string }

function put({ rows, personId }: Told, row: Row): void {
  rows.set(keyOf(row), { person_id: personId, ...row })
}

function keyOf(row: StoredRow | ToldRow): string {
  return `${idOf(row, 'service_id')} ${idOf(row, 'claim')}`
}

type ClaimTold = {
  readonly claim: string
  readonly given: boolean
  readonly purpose: { readonly fr: string; readonly en: string }
}

// As `deeds.ts` writes it.
function claimsIn(value: JsonValue | undefined): readonly ClaimTold[] {
  if (!Array.isArray(value)) throw new InvalidEvent('it has no claims')
  return value.map((one: unknown) => {
    const told = one as Partial<ClaimTold> | null // its members are looked at
    const { claim, given, purpose } = told ?? {}
    if (typeof claim !== 'string' || typeof given !== 'boolean' || purpose === undefined)
      throw new InvalidEvent('a claim of it is incomplete')
    return { claim, given, purpose }
  })
}
