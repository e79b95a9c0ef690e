import type { AccountKept, StandingAuthor } from '../../people/accounts/index.ts'
import {
  accountKept,
  changeStanding,
  lockAccount,
  personOf,
  reasonOfStanding,
  recordActivity,
  tellOrdered,
  vouchForStanding,
} from '../../people/accounts/index.ts'
import type { CodeProofs } from '../../signin/factors/index.ts'
import { putCounterCode } from '../../signin/factors/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { notify } from '../../people/notifications/index.ts'
import type { AuthorizedOrder, OrderOfCommand, OrderWords } from '../../registry/index.ts'
import { isDraft, authorizeOrder } from '../../registry/index.ts'
import type { ClosingContext } from './close-account.ts'
import { closeAccess, suspendAccess } from './close-account.ts'

/** What the deeds of operators need. */
export type OrderParts = ClosingContext & { readonly codeProofs: CodeProofs }

type Deed = (tx: Transaction, parts: OrderParts, ordered: OrderedDeed, now: Date) => Promise<void>
/** `by`: the order, by its event in her chain. */
type OrderedDeed = { readonly personId: string; readonly by: StandingAuthor }

const origin = { requestId: 'operator', network: undefined }

const deeds: Readonly<Partial<Record<AccessDeed, Deed>>> = {
  suspend: (tx, { notary: { vault }, sessions }, { personId, by }, now) =>
    suspendAccess(tx, { vault, sessions }, { personId, by, origin }, now),
  // No message is sent: nobody knows who reads the mailbox of a deceased person.
  async deceased(tx, { notary, sessions }, { personId, by }, now) {
    await lockAccount(tx, personId)
    const told = await changeStanding(tx, notary.vault, personId, by, toStatus('deceased'))
    await sessions.endForGood(tx, personId)
    await note(tx, personId, { kind: 'access.suspended', told }, now)
  },
  async restore(tx, { notary, sessions }, { personId, by }, now) {
    // Somebody else had changed who may sign in: the operator has looked, and no session of then counts.
    if (await vouchForStanding(tx, notary.vault, personId, by))
      await sessions.endForGood(tx, personId)
    const told = await changeStanding(tx, notary.vault, personId, by, (before) => ({
      suspendedAt: null,
      ...toStatus('active')(before),
    }))
    await note(tx, personId, { kind: 'access.restored', told }, now)
    await notify(tx, personId, 'account.restored', now)
  },
}

function toStatus(status: 'active' | 'deceased') {
  return (before: { readonly status: string }) => (before.status === 'merged' ? {} : { status })
}

function note(
  tx: Transaction,
  personId: string,
  line: {
    readonly kind: 'access.suspended' | 'access.restored'
    readonly told: number | undefined
  },
  now: Date,
): Promise<void> {
  const { kind, told } = line
  const reason = told === undefined ? {} : { reason: reasonOfStanding(told) }
  return recordActivity(tx, { kind, personId, result: 'done', ...reason }, origin, now)
}

/** What an operator does about an access, by an order. */
export type AccessDeed = 'suspend' | 'deceased' | 'restore' | 'counter-code' | 'close'
/** The access is found by a reference that the person quotes from her pages, never by a text about her. */
type Asked = {
  readonly word: AccessDeed
  readonly reference: string
  readonly isJson: boolean
  readonly isConfirmed?: boolean
  readonly words: OrderWords
}

/** `accord account show`: nothing about her but the state. @throws OperatorError where the reference belongs to no access */
export async function showAccess(
  db: Database,
  { reference, isJson }: Pick<Asked, 'reference' | 'isJson'>,
): Promise<string[]> {
  return said((await accessOf(db, reference)).found, isJson)
}

/**
 * `accord account suspend|deceased|restore|counter-code|close`. The person is told what was done, by whose order, and why. A counter
 * code needs the order of two.
 * @param open makes what deeds need, only when it is needed
 * @returns the lines to print. @throws OperatorError when the reference belongs to no access, or when it is not confirmed, not ordered or
 * cannot be carried out
 */
export async function orderAccess(
  db: Database,
  asked: Asked,
  now: Date,
  open: () => Promise<OrderParts>,
): Promise<string[]> {
  const { word, reference, isJson } = asked
  const { personId, found } = await accessOf(db, reference)
  if (word === 'close' && asked.isConfirmed !== true) throw new OperatorError(unconfirmed)
  const parts = await open()
  const ordered = await orderOf(parts, asked, now)
  if (isDraft(ordered)) return [...ordered]
  const ordering = { parts, personId, ordered, now }
  if (word === 'counter-code') return saidOfCode(await giveCode(db, ordering, found), isJson)
  if (word === 'close') await close(db, ordering)
  const deed = deeds[word]
  if (deed !== undefined)
    await transact(db, async (tx) => {
      const order = await begin(tx, ordering)
      await deed(tx, parts, { personId, by: { actor: { type: 'broker' }, order } }, now)
    })
  return said((await accountKept(db, personId)) ?? found, isJson)
}

async function accessOf(db: Database, reference: string) {
  const personId = await personOf(db, reference)
  const found = personId === undefined ? undefined : await accountKept(db, personId)
  if (personId === undefined || found === undefined)
    throw new OperatorError(`No access belongs to ${reference}.`)
  return { personId, found }
}

type Carrying = {
  readonly parts: OrderParts
  readonly personId: string
  readonly ordered: AuthorizedOrder
  readonly now: Date
}

function orderOf({ notary }: OrderParts, { word, reference, words }: Asked, now: Date) {
  const ordering: OrderOfCommand = {
    issuer: notary.issuer,
    deed: word,
    about: reference,
    details: {},
    signers: notary.live.current().signers,
    // A code opens an access: one operator alone could let himself in.
    needed: word === 'counter-code' ? 2 : 1,
    now,
  }
  return authorizeOrder(ordering, words)
}

/** The order is noted first, in the transaction of its deed. @returns the id of its event */
async function begin(tx: Transaction, { parts, personId, ordered }: Carrying): Promise<string> {
  await lockAccount(tx, personId)
  return tellOrdered(tx, { vault: parts.notary.vault, personId }, ordered)
}

const unconfirmed =
  'Closing ends all sharings and sessions at once; only the person can open the access again, within thirty days. Say so with --confirm.'

async function close(db: Database, ordering: Carrying): Promise<void> {
  const { parts, personId, now } = ordering
  const leaving = { personId, by: { type: 'broker' }, origin, now } as const
  try {
    await transact(db, async (tx) => {
      const order = await begin(tx, ordering)
      await closeAccess(tx, parts, { ...leaving, order })
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new OperatorError('This access is closed already.')
  }
}

async function giveCode(
  db: Database,
  ordering: Carrying,
  { status, closedAt, suspendedAt }: AccountKept,
) {
  const { parts, personId, now } = ordering
  if (status !== 'active' || closedAt !== null || suspendedAt !== null)
    throw new OperatorError('Nobody signs in with this access as it is: « account show » says why.')
  const made = await parts.codeProofs.newOne(db)
  return transact(db, async (tx) => {
    await begin(tx, ordering)
    await notify(tx, personId, 'access.counter-code', now)
    return putCounterCode(tx, parts.notary.vault.seals, made, { personId, origin, now })
  })
}

function said(account: AccountKept, isJson: boolean): string[] {
  const { status, openedAt, closedAt, eraseAt, suspendedAt } = account
  const facts = {
    person: status,
    opened_at: openedAt.toISOString(),
    suspended_at: suspendedAt?.toISOString() ?? null,
    closed_at: closedAt?.toISOString() ?? null,
    erased_after: eraseAt?.toISOString() ?? null,
  }
  return lines(facts, isJson)
}

function saidOfCode({ code, expiresAt }: { code: string; expiresAt: Date }, isJson: boolean) {
  return lines({ code, valid_until: expiresAt.toISOString() }, isJson)
}

function lines(facts: Readonly<Record<string, string | null>>, isJson: boolean): string[] {
  if (isJson) return [JSON.stringify(facts)]
  return Object.entries(facts).map(([name, value]) => `${name.padEnd(14)}${value ?? '-'}`)
}
