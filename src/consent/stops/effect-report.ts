import type { RecordPorts } from '../record/index.ts'
import { dayAfter, dayOf } from '../../base/values/calendar.ts'
import { consentParties, consentPurpose, registerEpoch } from '../record/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import { transact } from '../../base/database/database.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import { commitmentAt, openBook } from '../../ledger/chain/index.ts'
import type { Purpose } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import type { DeliveryRow, Effect, ReportedDelivery } from './rows.ts'
import { effects } from './rows.ts'
import { deliveryOf, writeEffect } from './store.ts'

/** A body's report of the effect of a stop. */
export type ReportedEffect = {
  /** `con_…` */
  readonly consentId: string
  readonly effect: Effect
  readonly law: string | undefined
  /** The last day on which it keeps by law what it has. */
  readonly keptUntil?: string | undefined
}

export type NotedEffect = {
  readonly isNew: boolean
  readonly delivery: DeliveryRow
  readonly reportedAt: Date
  readonly commitment: Buffer
}

/**
 * Records a body's report of the effect of a stop; a repeat gets the same answer. A later report may be stronger, never weaker. A body
 * that is no party learns nothing. No report changes the stop, which held before.
 * @throws Problem effect.not-found (404), effect.not-stopped, effect.settled (409), effect.kept-too-long (422)
 */
export async function noteEffect(
  context: RecordPorts,
  caller: Caller,
  said: ReportedEffect,
): Promise<NotedEffect> {
  const consentId = readId('con', said.consentId)
  const register = await context.live.at(await registerEpoch(context.db))
  const party = bodyNo(register, caller.orgId)
  const parties = consentId === undefined ? undefined : await consentParties(context.db, consentId)
  const isParty = parties !== undefined && [parties.holder, parties.recipient].includes(party)
  if (!isParty || consentId === undefined)
    throw new Problem('effect.not-found', 404, 'no such consent of yours')
  return transact(context.db, async (tx) => {
    const book = await openBook(tx, context.vault, parties.personId)
    const known = await deliveryOf(tx, consentId, party)
    if (known === undefined)
      throw new Problem('effect.not-stopped', 409, 'the consent was not stopped by its person')
    if (isRepeat(known, said)) {
      const commitment = await commitmentAt(tx, known.personId, known.personSeq)
      return { isNew: false, delivery: known, reportedAt: known.effectAt, commitment }
    }
    const { effect, law = null, keptUntil = null } = said
    if (effect === 'kept_by_law') {
      const no = present(await consentPurpose(tx, consentId), 'the purpose of a consent')
      const purpose = present(register.purposeByNo(no), 'the purpose of a consent')
      checkRetention(purpose, known, said)
    }
    const { commitment, personSeq } = await book.append({
      kind: effect === 'pending' ? 'revocation.acknowledged' : 'revocation.effect-reported',
      actor: { type: 'organisation', organisation: caller.orgId },
      fields: {
        consent_id: said.consentId,
        role: known.role,
        ...(effect === 'pending' ? {} : { effect, law }),
        ...(keptUntil === null ? {} : { kept_until: keptUntil }),
      },
    })
    const acknowledgedAt = known.acknowledgedAt ?? book.now
    const told = { effect, law, keptUntil, effectAt: book.now }
    const delivery = { ...known, acknowledgedAt, ...told, personSeq }
    await writeEffect(tx, delivery)
    return { isNew: true, delivery, reportedAt: book.now, commitment }
  })
}

/**
 * What is kept by law is held against the retention that the purpose announced, where it can be counted: from the stop on.
 * @throws Problem effect.kept-too-long
 */
function checkRetention(
  { retention: { atMost: longest } }: Purpose,
  { queuedAt }: DeliveryRow,
  { keptUntil }: ReportedEffect,
): void {
  if (longest === undefined) return
  const last = dayAfter(dayOf(queuedAt), longest)
  if (keptUntil !== undefined && keptUntil <= last) return
  throw new Problem(
    'effect.kept-too-long',
    422,
    `kept_until: the purpose says ${last} at the latest`,
  )
}

/** @throws Problem effect.settled */
function isRepeat(
  known: DeliveryRow,
  { effect, law, keptUntil }: ReportedEffect,
): known is ReportedDelivery {
  if (known.effect === null) return false
  const isSame = known.law === (law ?? null) && known.keptUntil === (keptUntil ?? null)
  if (known.effect === effect && isSame) return true
  if (effects.indexOf(effect) > effects.indexOf(known.effect)) return false
  throw new Problem('effect.settled', 409, `${known.effect} was reported before`)
}

/** `con_…` */
export function consentOf({ consentId }: Pick<DeliveryRow, 'consentId'>): string {
  return writeId('con', consentId)
}
