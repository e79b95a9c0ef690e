import type { Database, Transaction } from '../../base/database/database.ts'
import { readId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Book, Entry, EventKind, Live, Vault, WrittenEvent } from '../../ledger/chain/index.ts'
import { eventsOfKinds, newestOfKinds, numberIn, setLive } from '../../ledger/chain/index.ts'
import type { KeyOrigin } from '../../people/accounts/index.ts'
import { originOfKey } from '../../people/accounts/index.ts'
import type { Notary } from './receipts/receipt-issue.ts'
import { principalOf } from './receipts/receipt-issue.ts'
import { headLive } from './store.ts'

// « Seulement avec ma clé »: once a person has signed an answer, a yes of hers needs the signature of her key, until she lifts this. Two
// kinds of events tell it, and the end of her chain says under its seal which was last: nobody reads her events for each answer.

/** Whether a yes needs her key; `none`: she never signed an answer. */
export type KeyRule = 'none' | 'required' | 'lifted'

// No row has this id.
const ruleId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const numbers = { required: 1, lifted: 2 } as const
const kinds = ['signature.required', 'signature.lifted'] as const satisfies readonly EventKind[]

/** By the end of her chain; where that is not as it was written, by her newest event. */
export async function keyRuleOf(
  db: Database | Transaction,
  live: Live,
  personId: string,
): Promise<KeyRule> {
  if (live !== 'untrusted') return ruleIn(live)
  const newest = await newestOfKinds(db, personId, kinds)
  return newest === undefined ? 'none' : ruleAfter(newest.kind, 'none')
}

function ruleIn(live: Live): KeyRule {
  const number = numberIn(live, ruleId)
  if (number === undefined) return 'none'
  return number === numbers.lifted ? 'lifted' : 'required'
}

/** The rule after an event. */
export function ruleAfter(kind: EventKind, before: KeyRule): KeyRule {
  if (kind === 'signature.required') return 'required'
  return kind === 'signature.lifted' ? 'lifted' : before
}

/** What the end of a chain says of the rule, beside its rows. */
export function withKeyRule(live: Live, rule: KeyRule): Live {
  return setLive(live, ruleId, rule === 'none' ? undefined : numbers[rule])
}

export type KeyRuleState = {
  readonly rule: KeyRule
  /** The event that said so last. */
  readonly event: Entry | undefined
}

/** The same for a page, without the person’s lock. */
export async function keyRuleState(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<KeyRuleState> {
  const rule = await keyRuleOf(db, await headLive(db, seals, personId), personId)
  return { rule, event: rule === 'none' ? undefined : await newestOfKinds(db, personId, kinds) }
}

type Deed = {
  readonly tx: Transaction
  readonly book: Book
  readonly notary: Pick<Notary, 'issuer' | 'pairwise'>
  readonly personId: string
}

/** From now on a yes needs her key: written before the first answer that she signs. */
export async function requireKey({ tx, book, notary, personId }: Deed, acr: string): Promise<void> {
  if ((await keyRuleOf(tx, book.live, personId)) === 'required') return
  book.note(ruleId, numbers.required)
  await book.append({
    kind: 'signature.required',
    actor: { type: 'person', acr },
    fields: { pii_principal_id: principalOf(notary, personId) },
  })
}

/** What a key of hers signed to lift the rule. Bytes are base64url. */
export type LiftSignature = Readonly<Record<string, string | Readonly<Record<string, string>>>>

export type KeyRuleLiftEvent = {
  readonly acr: string
  /** The event that is lifted, `evt_…`. */
  readonly lifts: string
  readonly signed: LiftSignature | null
  /** The event of the recovery by which it is lifted without a key, `evt_…`. */
  readonly recovered: string | null
}

export async function tellLifted(
  { book, notary, personId }: Deed,
  { acr, lifts, signed, recovered }: KeyRuleLiftEvent,
): Promise<void> {
  book.note(ruleId, numbers.lifted)
  await book.append({
    kind: 'signature.lifted',
    actor: { type: 'person', acr },
    fields: { lifts, signed, recovered, pii_principal_id: principalOf(notary, personId) },
  })
}

type Lifting = {
  readonly event: WrittenEvent
  /** How the key became hers that signed it; undefined: none did. */
  readonly origin: KeyOrigin | undefined
}

/** The lifting that stands, with its content; undefined where that is erased. */
export async function keyRuleLiftOf(
  tx: Transaction,
  vault: Vault,
  personId: string,
): Promise<Lifting | undefined> {
  const { events } = await eventsOfKinds(tx, vault, personId, { kinds: ['signature.lifted'] })
  const [event] = events
  if (event === undefined) return undefined
  const { signed } = JSON.parse(event.text) as { signed: { factor_id: string } | null } // as `tellLifted` wrote it
  if (signed === null) return { event, origin: undefined }
  const factorId = present(readId('fac', signed.factor_id), 'the key that signed a lifting')
  return { event, origin: await originOfKey(tx, { vault, personId }, factorId) }
}
