import { secondsAfter } from '../src/base/values/clock.ts'
import { writeId } from '../src/base/values/ids.ts'
import type { ConsentRow } from '../src/consent/record/index.ts'
import { newColumns } from '../src/consent/record/columns.ts'
import { sealOf } from '../src/consent/record/index.ts'
import type { NewEvent, Vault } from '../src/ledger/chain/index.ts'
import {
  makeDrafts,
  emptyLiveSet,
  sealedHead,
  withCount,
  setLive,
} from '../src/ledger/chain/index.ts'
import { newStanding, sealOfStanding } from '../src/people/accounts/person-standing.ts'
import type { Cell } from './copy.ts'
import { madeKinds } from './grown-ids.ts'
import type { Ids } from './grown-ids.ts'
import { quietVault } from '../test/support/quiet-vault.ts'

// The rows that bear a seal, as the broker would have written them, one after the other: a person's consents, her standing, her data key
// and the end of her chain; and all events of those who are asked about, each with its true commitment and sealed under her key.

export const consentsOfEach = 5

/** What the rows are about, by the numbers of the register's objects. */
export type Named = Readonly<
  Record<'agreement' | 'purpose' | 'dataset' | 'text' | 'holder' | 'recipient', number>
>

export type Grown = {
  readonly people: number
  /** Of one consent: shown, allowed, and used so many times less two. */
  readonly eventsOfEach: number
  /** Each so many-th person is asked about. */
  readonly stride: number
  readonly moment: Date
  readonly ids: Ids
  readonly named: Named
}

export const termHours = 270 * 24
const overHours = 24
export const frequency = { count: 1_000_000, per: 'P1Y' }
export const categories = 3

/** Of each second person one consent is over, and its end is not written: one of ten of all. Nobody is asked about it. */
export function isOver(i: number, k: number): boolean {
  return k === consentsOfEach - 1 && i % 2 === 0
}

/** One of five may be used so often, and was not yet: the job that writes ends looks whether it was. */
export function maxUsesOf(k: number): number | null {
  return k === consentsOfEach - 2 ? 12 : null
}

export function termOf(
  { moment }: Grown,
  i: number,
  k: number,
): readonly [from: Date, until: Date] {
  const from = isOver(i, k) ? secondsAfter(moment, -termHours * 3600) : moment
  return [
    from,
    isOver(i, k) ? secondsAfter(moment, -overHours * 3600) : secondsAfter(moment, termHours * 3600),
  ]
}

export const consentColumns = `consent_current (person_id, consent_id, arrangement_id, holder, recipient, dataset, purpose, agreement,
  categories, state, state_seq, state_at, valid_from, valid_until, max_uses, frequency_count, frequency_per, seal)`

export function* consentRows(
  grown: Grown,
  seals: Vault['seals'],
  k: number,
  from: number,
  to: number,
) {
  for (let i = from; i < to; i++) {
    const row = consentRow(grown, i, k)
    yield [
      row.personId,
      row.consentId,
      row.arrangementId,
      row.holder,
      row.recipient,
      row.dataset,
      row.purpose,
      row.agreement,
      row.categories,
      row.state,
      row.stateSeq,
      row.stateAt,
      row.validFrom,
      row.validUntil,
      row.maxUses,
      row.frequencyCount,
      row.frequencyPer,
      sealOf(seals, row),
    ]
  }
}

function consentRow(grown: Grown, i: number, k: number): ConsentRow {
  const { ids, people, named, moment } = grown
  const n = k * people + i
  const [validFrom, validUntil] = termOf(grown, i, k)
  return {
    ...newColumns,
    personId: ids.person(i),
    consentId: ids.made(n, madeKinds.consent),
    arrangementId: ids.made(n, madeKinds.arrangement),
    holder: named.holder,
    recipient: named.recipient,
    dataset: named.dataset,
    purpose: named.purpose + 1000 * k,
    agreement: named.agreement,
    categories: BigInt(categories),
    state: 'active',
    stateAt: moment,
    validFrom,
    validUntil,
    maxUses: maxUsesOf(k),
    frequencyCount: frequency.count,
    frequencyPer: frequency.per,
    lookbackFrom: null,
    lookbackTo: null,
  }
}

export type PersonRows = Readonly<Record<'accounts' | 'keys' | 'heads' | 'events', Cell[][]>>

export const personColumns: Readonly<Record<keyof PersonRows, string>> = {
  accounts: 'accounts (person_id, opened_at, seal)',
  keys: 'dek (person_id, year, wrapped_key, kek_id, created_at)',
  heads: 'person_head (person_id, updated_at, next_seq, head_commitment, live, seal)',
  events: `ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)`,
}

/** What a person has once. */
export async function personRows(
  grown: Grown,
  vault: Vault,
  from: number,
  to: number,
): Promise<PersonRows> {
  const rows: PersonRows = { accounts: [], keys: [], heads: [], events: [] }
  for (let i = from; i < to; i++) await addPerson(grown, vault, i, rows)
  return rows
}

async function addPerson(grown: Grown, vault: Vault, i: number, rows: PersonRows): Promise<void> {
  const { ids, people, moment, stride, eventsOfEach } = grown
  const personId = ids.person(i)
  const year = moment.getUTCFullYear()
  const standing = newStanding(personId, moment, 'own')
  rows.accounts.push([personId, moment, sealOfStanding(vault.seals, standing)])
  const { wrapped } = await vault.newDataKey({ personId, year })
  rows.keys.push([personId, year, wrapped.wrappedKey, wrapped.kekId, moment])
  let live = withCount(emptyLiveSet, consentsOfEach)
  for (let k = 0; k < consentsOfEach; k++)
    live = setLive(live, ids.made(k * people + i, madeKinds.consent), 1)
  const chain = { personId, chainId: personId, now: moment, headCommitment: null, live }
  let headCommitment: Buffer = Buffer.alloc(32, personId)
  if (i % stride === 0) {
    const draft = makeDrafts(quietVault(vault), {
      ...chain,
      nextSeq: 1,
      updatedAt: null,
      storedKey: wrapped,
      restored: [],
    })
    for (const event of eventsOf(grown, i)) {
      const { entry, body } = await draft(event)
      const { eventId, personSeq, kind, commitment } = entry
      headCommitment = commitment
      rows.events.push([
        personId,
        eventId,
        moment,
        moment,
        personSeq,
        0,
        year,
        kind,
        commitment,
        body,
      ])
    }
  }
  const nextSeq = eventsOfEach * consentsOfEach + 1
  const end = { chainId: personId, nextSeq, headCommitment, updatedAt: moment }
  const head = sealedHead(vault.seals, end, live)
  if (head === undefined) throw new Error('an end without a seal')
  rows.heads.push([personId, moment, nextSeq, headCommitment, head.live, head.seal])
}

// About as long as real ones.
const words = 'Les mots de la page. '.repeat(20)

function* eventsOf({ ids, people, eventsOfEach }: Grown, i: number): Generator<NewEvent> {
  for (let k = 0; k < consentsOfEach; k++)
    for (let e = 0; e < eventsOfEach; e++) {
      const n = k * people + i
      yield {
        kind: e === 0 ? 'consent.presented' : e === 1 ? 'consent.granted' : 'disclosure.authorised',
        actor: { type: e > 1 ? 'broker' : 'person' },
        eventId: ids.made(n, madeKinds.event + e),
        fields: {
          consent_id: writeId('con', ids.made(n, madeKinds.consent)),
          arrangement_id: writeId('arr', ids.made(n, madeKinds.arrangement)),
          words,
        },
      }
    }
}
