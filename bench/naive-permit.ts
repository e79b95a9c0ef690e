import { createHmac } from 'node:crypto'
import type { Knex } from 'knex'
import { newUuid, writeId } from '../src/base/values/ids.ts'
import type { Vault } from '../src/ledger/chain/index.ts'
import { canonical } from '../src/ledger/chain/index.ts'

// A permit as separate statements: lock, look, write, move, commit.

/** Register objects by number. */
export type Named = Readonly<
  Record<'agreement' | 'purpose' | 'dataset' | 'holder' | 'recipient', number>
>
export type Asked = {
  readonly personId: string
  readonly mask: number
  readonly requestKey: string
  readonly contentSha256: Buffer
}
type Consent = { readonly consent_id: string; readonly categories: string }
type Head = { readonly next_seq: number; readonly head_commitment: Buffer }
type StoredKey = { readonly wrapped_key: Buffer; readonly kek_id: Buffer }

/** The categories of the one dataset, in the order of their bits. */
export const categoryBits = ['cat_revenu-net', 'cat_situation-familiale', 'cat_personnes-a-charge']

const permitSeconds = 60

export async function permit(tx: Knex.Transaction, named: Named, asked: Asked, vault: Vault) {
  const person = { person_id: asked.personId }
  const head: Head = await tx('person_head').where(person).forUpdate().first()
  const now = new Date()
  const year = now.getUTCFullYear()
  const consent = await findConsent(tx, named, asked.personId, now)
  const stored: StoredKey = await tx('dek')
    .where({ ...person, year })
    .first()
  const request = { request_key: asked.requestKey }
  const prior: object | undefined = await tx('decision_key').where(request).first()
  if (consent === undefined || prior !== undefined) throw new Error('not once, or not any more')
  const id = newUuid(now)
  const context = contextOf(id, consent, asked, now)
  const sealed = await seal(vault, { id, head, stored, year, asked, context })
  await tx('decision_key').insert({
    ...request,
    decision_id: id,
    at: now,
    content_sha256: asked.contentSha256,
  })
  await tx('consent_current')
    .where({ ...person, consent_id: consent.consent_id })
    .update({ uses: tx.raw('uses + 1'), last_use_at: now })
  await tx('decision').insert({
    ...decisionRow(named, asked, now),
    decision_id: id,
    person_seq: head.next_seq,
    consent_id: consent.consent_id,
    permitted: asked.mask,
    outcome: 'permit',
    reason_code: 'CONSENT_ACTIVE',
    status: 'authorised',
    valid_until: new Date(now.getTime() + permitSeconds * 1000),
  })
  await tx('ledger_event').insert({
    ...person,
    ...sealed,
    event_id: id,
    person_seq: head.next_seq,
    recorded_at: now,
    visible_from: now,
    dek_year: year,
    shard: 0,
    kind: 'disclosure.authorised',
  })
  await tx('ledger_pending').insert({ event_id: id, shard: 0, commitment: sealed.commitment })
  await tx('person_head')
    .where(person)
    .update({
      next_seq: head.next_seq + 1,
      head_commitment: sealed.commitment,
      updated_at: now,
    })
  return context
}

export function findConsent(
  db: Knex,
  { recipient, dataset, purpose }: Named,
  personId: string,
  now: Date,
): Promise<Consent | undefined> {
  return db('consent_current')
    .where({ person_id: personId, recipient, dataset, purpose, state: 'active' })
    .where('valid_from', '<=', now)
    .where('valid_until', '>', now)
    .first('consent_id', 'categories')
}

function contextOf(id: string, consent: Consent, { mask }: Asked, now: Date) {
  return {
    decision_id: writeId('dec', id),
    consent_id: writeId('con', consent.consent_id),
    evaluated_at: now.toISOString(),
    permitted_categories: categoryBits.filter((_, bit) => (mask & (1 << bit)) !== 0),
    iat: Math.floor(now.getTime() / 1000),
  }
}

type Sealing = {
  readonly id: string
  readonly head: Head
  readonly stored: StoredKey
  readonly year: number
  readonly asked: Asked
  readonly context: ReturnType<typeof contextOf>
}

async function seal(vault: Vault, { id, head, stored, year, asked, context }: Sealing) {
  const text = canonical({
    ...context,
    person_seq: head.next_seq,
    prev_commitment: head.head_commitment.toString('base64'),
  })
  const salt = vault.newSalt()
  const wrapped = { wrappedKey: stored.wrapped_key, kekId: stored.kek_id }
  const key = await vault.unwrap({ personId: asked.personId, year }, wrapped)
  return {
    commitment: createHmac('sha256', salt).update(text).digest(),
    body: vault.seal(key, { salt, text }, { eventId: id, personSeq: head.next_seq }),
  }
}

/** What permits and denies have in common. */
export function decisionRow(named: Named, { personId, mask }: Asked, at: Date) {
  return {
    person_id: personId,
    evaluated_at: at,
    last_at: at,
    holder: named.holder,
    recipient: named.recipient,
    dataset: named.dataset,
    purpose: named.purpose,
    agreement: named.agreement,
    legal_basis_id: 'consent_53',
    asked: mask,
    policy_version: 1,
  }
}
