import type { ToldEvent } from '../../ledger/fold/index.ts'
import { InvalidEvent, listIn, UnknownReference } from '../../ledger/fold/index.ts'
import type { EventKind, Payload } from '../../ledger/chain/index.ts'
import { fromBase64url } from '../../base/values/base64.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import { holdSeconds } from '../../people/accounts/index.ts'
import type { KeyRule } from './key-rule.ts'
import {
  assertionFault,
  membersOf,
  parseJson,
  signatureFault,
  text,
} from './receipts/signature-check.ts'
import { liftChallenge } from './signed-text.ts'

// « Seulement avec ma clé », held against a person's events. No page records an unsigned yes while her key is needed; whoever has every key
// of the house can write one past the pages.

type Told = {
  rule: KeyRule
  /** When each recovery of hers was, by its event. */
  readonly recoveries: Map<string, Date>
  readonly keys: Set<string>
  /** The categories of each yes of hers. */
  readonly granted: Map<unknown, readonly string[]>
  /** The events of the pages that she was shown, by their presentations. */
  readonly pages: Map<unknown, Payload>
}

/**
 * Judges her events, in their order. @throws InvalidEvent for a yes without her key, a signature that no key of hers made, or a lifting
 * that neither her key nor a recovery made
 */
export function makeKeyRuleJudge(): (event: ToldEvent) => void {
  const told: Told = {
    rule: 'none',
    recoveries: new Map(),
    keys: new Set(),
    granted: new Map(),
    pages: new Map(),
  }
  return (event) => judges[event.kind]?.(told, event)
}

const judges: Readonly<Partial<Record<EventKind, (told: Told, event: ToldEvent) => void>>> = {
  'access.opened': noteKeys,
  'access.factor-added': noteKeys,
  'access.recovered'(told, event) {
    noteKeys(told, event)
    told.recoveries.set(writeId('evt', event.eventId), event.recordedAt)
  },
  'signature.required'(told) {
    told.rule = 'required'
  },
  'signature.lifted'(told, event) {
    if (isSigned(event)) requireHerSignature(told, event)
    else requireRecovery(told, event)
    told.rule = 'lifted'
  },
  'consent.presented'({ pages }, { payload }) {
    pages.set(payload['presentation_id'], payload)
  },
  'consent.granted': judgeGranted,
  'consent.refused'(told, event) {
    if (isSigned(event)) requireHerSignature(told, event)
  },
}

function noteKeys({ keys }: Told, { payload: { factors } }: ToldEvent): void {
  if (!Array.isArray(factors)) return
  for (const factor of factors as readonly unknown[]) keys.add(nameOf(membersOf(factor)['jwk']))
}

function isSigned({ payload: { signed = null } }: ToldEvent): boolean {
  return signed !== null
}

function judgeGranted(told: Told, event: ToldEvent): void {
  const { consent_id: consentId, narrowed_from: before } = event.payload
  const categories = listIn(event.payload, 'categories_granted')
  const allowed = told.granted.get(before)
  told.granted.set(consentId, categories)
  if (isSigned(event)) return requireHerSignature(told, event)
  // What narrows a yes needs no key.
  const isNarrowing =
    typeof before === 'string' && categories.every((one) => allowed?.includes(one) ?? true)
  if (told.rule === 'required' && !isNarrowing)
    throw new InvalidEvent('it is a yes without her key, which was needed')
}

function requireRecovery({ recoveries }: Told, { payload, recordedAt }: ToldEvent): void {
  const { recovered } = payload
  if (typeof recovered !== 'string')
    throw new InvalidEvent('it lifts by no key, and after no recovery')
  const since = recoveries.get(recovered)
  if (since === undefined)
    throw new UnknownReference('it lifts after a recovery that was never written')
  if (secondsAfter(since, holdSeconds) > recordedAt)
    throw new InvalidEvent('it lifts before a recovery is over')
}

// Her key signs for the site that made it alone, so that what it says of the site is the site's name here.
function requireHerSignature({ keys, pages }: Told, { kind, payload }: ToldEvent): void {
  const signed = membersOf(payload['signed'])
  const client = fromBase64url(text(signed['client_data_json']))?.toString() ?? ''
  const issuer = text(membersOf(parseJson(client))['origin'])
  if (!URL.canParse(issuer)) throw new InvalidEvent('it has no signature that can be read')
  const page = pages.get(payload['presentation_id'])
  if (kind !== 'signature.lifted' && signed['text'] !== undefined && page === undefined)
    throw new UnknownReference('it is signed for a page that was never shown')
  const fault =
    kind === 'signature.lifted'
      ? assertionFault(signed, liftChallenge(issuer, text(payload['lifts'])), issuer)
      : signatureFault(payload, page, issuer)
  if (fault !== undefined) throw new InvalidEvent(fault)
  if (!keys.has(nameOf(signed['jwk'])))
    throw new UnknownReference('it is signed by a key that never became hers')
}

function nameOf(jwk: unknown): string {
  const { kty, crv, x, y, n, e } = membersOf(jwk)
  return JSON.stringify([kty, crv, x, y, n, e])
}
