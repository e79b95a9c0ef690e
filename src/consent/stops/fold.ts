import type { Projection, ToldEvent, ToldRow, ToldTable } from '../../ledger/fold/index.ts'
import {
  dateIn,
  idOf,
  rowKey,
  textIn,
  UnknownReference,
  uuidIn,
  valueIn,
} from '../../ledger/fold/index.ts'
import type { FoldedConsent } from '../record/index.ts'
import type { EventKind } from '../../ledger/chain/index.ts'
import type { PartyRole } from './rows.ts'

// The effects of stops at the two bodies, told by a person's events.

type DeliveryTold = ToldRow & {
  readonly consent_id: string
  readonly delivered_at: Date | null
  readonly acknowledged_at: Date | null
}

/** Tells the rows of this room. */
export type StopTeller = Projection & {
  /** Takes out what an erasure deletes. */
  forget(consentIds: ReadonlySet<string>): void
}

type Told = {
  readonly personId: string
  readonly current: ReadonlyMap<string, FoldedConsent>
  readonly deliveries: Map<string, DeliveryTold>
}

/** @param telling with the consents as their room tells them, each event before this room */
export function stopTeller(telling: Omit<Told, 'deliveries'>): StopTeller {
  const told: Told = { ...telling, deliveries: new Map() }
  return {
    tell: (event) => tellings[event.kind]?.(told, event),
    tables: () => tablesOf(told),
    forget(consentIds) {
      for (const [key, { consent_id }] of told.deliveries)
        if (consentIds.has(consent_id)) told.deliveries.delete(key)
    },
  }
}

const tellings: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'consent.revoked': (told, event) => queue(told, event, dateIn(event.payload, 'revoked_at')),
  'consent.voided': (told, event) => queue(told, event, event.recordedAt),
  'revocation.delivered': deliver,
  'revocation.acknowledged': (told, event) => say(told, event, 'pending'),
  'revocation.effect-reported': (told, event) => say(told, event, textIn(event.payload, 'effect')),
}

// As the trigger of the table does it (migrations#queue_revocation): a body that is both has one row.
function queue({ personId, current, deliveries }: Told, { payload }: ToldEvent, at: Date): void {
  const consent_id = uuidIn(payload, 'con', 'consent_id')
  const consent = current.get(consent_id)
  if (consent === undefined) throw new UnknownReference('it stops what was never allowed')
  const parties: readonly (readonly [PartyRole, number])[] = [
    ['holder', consent.holder],
    ['recipient', consent.recipient],
  ]
  for (const [role, party] of parties) {
    const key = keyOf(consent_id, party)
    if (deliveries.has(key)) continue
    deliveries.set(key, {
      consent_id,
      party,
      role,
      person_id: personId,
      queued_at: at,
      delivered_at: null,
      acknowledged_at: null,
      effect: null,
      law: null,
      kept_until: null,
      effect_at: null,
      person_seq: null,
    })
  }
}

function deliver(told: Told, event: ToldEvent): void {
  const [key, known] = spokenOf(told, event)
  told.deliveries.set(key, { ...known, delivered_at: known.delivered_at ?? event.recordedAt })
}

function say(told: Told, event: ToldEvent, effect: string): void {
  const { payload, recordedAt, personSeq } = event
  const [key, known] = spokenOf(told, event)
  told.deliveries.set(key, {
    ...known,
    acknowledged_at: known.acknowledged_at ?? recordedAt,
    effect,
    law: valueIn(payload, 'law'),
    kept_until: valueIn(payload, 'kept_until'),
    effect_at: recordedAt,
    person_seq: personSeq,
  })
}

function spokenOf({ current, deliveries }: Told, { payload }: ToldEvent): [string, DeliveryTold] {
  const consent_id = uuidIn(payload, 'con', 'consent_id')
  const consent = current.get(consent_id)
  const party = payload['role'] === 'holder' ? consent?.holder : consent?.recipient
  const key = keyOf(consent_id, party)
  const known = deliveries.get(key)
  if (known === undefined) throw new UnknownReference('it speaks of a stop that never was')
  return [key, known]
}

function keyOf(consentId: string, party: number | undefined): string {
  return `${consentId} ${party}`
}

function tablesOf({ deliveries }: Told): ToldTable[] {
  return [
    {
      name: 'revocation_delivery',
      rows: deliveries,
      key: (row) => `${idOf(row, 'consent_id')} ${idOf(row, 'party')}`,
      called: rowKey('con', 'consent_id').called,
    },
  ]
}
