import { noonOf } from '../../base/values/calendar.ts'
import { eventsOfKinds } from '../../ledger/chain/index.ts'
import { fromBody } from '../../registry/index.ts'
import type { SharingVoided, SharingView } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'

type VoidedPayload = {
  readonly consent_id: string
  readonly actor: { readonly organisation: string }
  readonly reason: Readonly<Record<'fr' | 'en', string>>
  readonly order: { readonly number: string; readonly day: string } | null
}

/** Why a sharing was voided, as her chain tells it; undefined: it was not, or what told it is erased. */
export async function readVoided(
  { db, vault, personId, register, language }: SharingInput,
  { id, state }: Pick<SharingView, 'id' | 'state'>,
): Promise<SharingVoided | undefined> {
  if (state !== 'void') return undefined
  const { events } = await eventsOfKinds(db, vault, personId, { kinds: ['consent.voided'] })
  const told = events.map(({ text }) => JSON.parse(text) as VoidedPayload) // as `voidConsent` wrote it
  const found = told.find((one) => one.consent_id === id)
  if (found === undefined) return undefined
  const by = register.organisation(found.actor.organisation)
  return {
    reason: found.reason[language],
    ofBody: fromBody(by?.nameInSentence[language] ?? found.actor.organisation, language),
    order:
      found.order === null
        ? undefined
        : { number: found.order.number, day: noonOf(found.order.day) },
  }
}
