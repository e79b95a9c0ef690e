import { randomUUID } from 'node:crypto'
import type { Transaction } from '../../base/database/database.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import { openBook, wordOf } from '../../ledger/chain/index.ts'
import { isOwnAccess, lockAccount, recordActivity, standingFromJson } from '../accounts/index.ts'
import type { MandateVault, Office } from '../mandates/index.ts'
import { lockOffices, maskOf } from '../mandates/index.ts'
import type { DeskOfficer, DeskRole } from '../offices/index.ts'
import { officeFor, roleNames, roles } from '../offices/index.ts'
import { reasonOfDeed } from './desk-lines.ts'
import type { ReferenceRead, SearchReason } from './reference.ts'
import { findAccess, insertSearch } from './store.ts'

// A search of an officer (docs/design/domain.md): whether an access exists, and whether it is open. Nothing else of it leaves here.

/** Letters of a note at most. */
export const mostNoteCharacters = 300

export type SearchAsked = {
  readonly reference: ReferenceRead
  readonly reason: SearchReason
  /** What the officer notes; '' where nothing. */
  readonly note: string
}
// The request is the officer’s: a line of hers has neither his network nor the number of his request.
const origin = { requestId: 'desk', network: undefined }

export type SearchingOfficer = DeskOfficer & { readonly body: number }
export type SearchAnswer = 'open' | 'suspended' | 'closed' | 'none'

/**
 * Looks for an access and writes down that it was looked for, in one transaction.
 * @param by `body`: the number by which rows name the body of the officer
 * @throws Refusal desk.act (403)
 */
export async function searchAccess(
  _: CountedTry,
  tx: Transaction,
  vault: MandateVault,
  by: SearchingOfficer,
  asked: SearchAsked,
): Promise<SearchAnswer> {
  const { answer } = await findFor(tx, vault, by, asked, ['search'])
  return answer
}

export type AccessFound = { readonly answer: SearchAnswer; readonly personId: string | undefined }
const nobody: AccessFound = { answer: 'none', personId: undefined }

/**
 * The same for a deed that goes on with whom it found. Each search sends the same statements, found or not: one that found somebody is told
 * in her chain and her activity, one that found nobody in those of the officer himself.
 * @param acts one of which his office must have
 * @throws Refusal desk.act (403)
 */
export async function findFor(
  tx: Transaction,
  vault: MandateVault,
  by: SearchingOfficer,
  { reference, reason, note }: SearchAsked,
  acts: readonly DeskAct[],
): Promise<AccessFound> {
  const { officerId, organisation } = by
  const found = await answerTo(tx, vault, by.body, reference)
  // An access that was erased meanwhile is nobody's.
  const isThere = await lockAccount(tx, found.personId ?? officerId)
  const about = isThere ? found.personId : undefined
  const { office, now } = await lockBoth(tx, vault, by, about, acts)
  const book = await openBook(tx, vault.vault, about ?? officerId)
  const kind = about === undefined ? 'desk.found-nobody' : 'desk.searched'
  const told = await book.append({
    kind,
    actor: { type: 'organisation', organisation },
    fields: { organisation, role: roleOf(office), reason, reference: reference.kind },
  })
  const line = { kind, personId: about ?? officerId, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: reasonOfDeed(told.personSeq) }, origin, now)
  const searchId = randomUUID()
  const content = { note, event: writeId('evt', told.eventId) }
  await insertSearch(tx, vault.seals.rows, {
    searchId,
    officerId,
    officeId: office.mandateId,
    orgId: organisation,
    reason,
    reference: reference.kind,
    isFound: about !== undefined,
    sealed: vault.seals.seal(JSON.stringify(content), searchId),
    at: now,
  })
  return about === undefined ? nobody : found
}

async function answerTo(
  tx: Transaction,
  { seals }: MandateVault,
  body: number,
  reference: ReferenceRead,
): Promise<AccessFound> {
  const read = await findAccess(tx, body, reference)
  if (read === undefined) return nobody
  const standing = standingFromJson(seals.rows, read)
  if (!isOwnAccess(standing)) return nobody
  const { personId } = standing
  // Nobody can say how an access stands whose row somebody else wrote: nothing opens in it.
  if (!standing.isTrusted) return { answer: 'suspended', personId }
  const word = wordOf(standing)
  return { answer: word === 'open' || word === 'suspended' ? word : 'closed', personId }
}

/** Opens both chains in the order of their ids; where there is one, twice. */
async function lockBoth(
  tx: Transaction,
  vault: MandateVault,
  by: DeskOfficer,
  personId: string | undefined,
  acts: readonly DeskAct[],
): Promise<{ readonly office: Office; readonly now: Date }> {
  const { officerId } = by
  const offices = new Map<string, readonly Office[]>()
  let now = new Date(0)
  for (const one of [officerId, personId ?? officerId].toSorted()) {
    const locked = await lockOffices(tx, vault, [one])
    if (locked.now > now) ({ now } = locked)
    offices.set(one, locked.offices.get(one) ?? [])
  }
  return { office: officeWith(by, acts, offices, now), now }
}

/** @throws Refusal desk.act (403) where his offices have none of these acts */
function officeWith(
  by: DeskOfficer,
  [act = 'search', ...others]: readonly DeskAct[],
  offices: ReadonlyMap<string, readonly Office[]>,
  now: Date,
): Office {
  if (others.length === 0) return officeFor(by, act, offices, now)
  return attempt(
    () => officeFor(by, act, offices, now),
    recoverFrom(Refusal, () => officeWith(by, others, offices, now)),
  )
}

/** A role is its acts. */
function roleOf({ acts }: Office): DeskRole {
  const role = roleNames.find((one) => maskOf(roles[one]) === acts)
  return present(role, 'the role whose acts an office has')
}
