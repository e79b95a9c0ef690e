import type { ActivityKind } from '../../people/accounts/index.ts'
import { recordActivity } from '../../people/accounts/index.ts'
import { endClaimsSince, tellConnectionEnded } from '../../consent/claims/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import {
  connectionsSince,
  consentsOf,
  endConnection,
  pauseConsent,
} from '../../consent/record/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { ownService } from '../../registry/index.ts'
import type { WayChange } from './ways-in.ts'

type Ending = WayChange & { readonly who: Pick<SignedInPerson, 'acr'> }

/**
 * Ends what was given since a moment from which on somebody else may have acted in her name: claims are told no more, connections that began
 * are over, codes and tokens of that time open nothing, and sharings that were allowed, or resumed, stand still. She may have given
 * some of it herself: a service asks her again, and a sharing waits for her to look. Services whose part of a session ends are told.
 */
export async function endGivenSince(
  tx: Transaction,
  notary: Notary,
  at: Ending,
  moment: Date,
): Promise<void> {
  const { sessions, who } = at
  const { personId, acr, sessionUid } = who
  await endConnectionsSince(tx, notary, at, moment)
  const services = await endClaimsSince(tx, notary.vault, { personId, acr }, moment)
  for (const serviceId of services) await note(tx, at, 'claims.ended', serviceId)
  await sessions.endTokensSince(tx, personId, { since: moment, but: sessionUid })
  await pauseSince(tx, notary, { personId, acr }, moment)
}

async function endConnectionsSince(
  tx: Transaction,
  { vault }: Notary,
  at: Ending,
  moment: Date,
): Promise<void> {
  const { personId, acr } = at.who
  const begun = await connectionsSince(tx, personId, moment)
  const services = begun.map(({ serviceId }) => serviceId).filter((id) => id !== ownService)
  if (services.length === 0) return
  const book = await openBook(tx, vault, personId)
  for (const serviceId of services) {
    if (!(await endConnection(tx, { personId, serviceId }, book.now))) continue
    await at.sessions.leaveService(tx, personId, serviceId)
    await tellConnectionEnded(tx, book, { personId, acr, serviceId })
    await note(tx, at, 'connection.ended', serviceId)
  }
}

function note(
  tx: Transaction,
  { who: { personId }, origin, now }: Ending,
  kind: ActivityKind,
  serviceId: string,
): Promise<void> {
  return recordActivity(tx, { kind, personId, serviceId, result: 'done' }, origin, now)
}

/** Pauses the sharings that were allowed, or resumed, since a moment. */
export async function pauseSince(
  tx: Transaction,
  notary: Notary,
  { personId, acr }: Pick<SignedInPerson, 'personId' | 'acr'>,
  moment: Date,
): Promise<void> {
  // Under a row that is not as the broker wrote it nothing is sent, and nothing is left to pause.
  const { consents } = await consentsOf(tx, notary.vault.seals, personId)
  const since = consents.filter(
    ({ state, stateAt, isUntrusted }) => state === 'active' && stateAt >= moment && !isUntrusted,
  )
  for (const { consentId } of since) await pauseConsent(tx, notary, { personId, consentId, acr })
}
