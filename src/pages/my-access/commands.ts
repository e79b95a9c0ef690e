import type { AccountKept } from '../../people/accounts/index.ts'
import {
  accountKept,
  changeStanding,
  lockAccount,
  personOf,
  recordActivity,
  vouchForStanding,
} from '../../people/accounts/index.ts'
import { makeCounterCode } from '../../signin/factors/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { StartError } from '../../base/platform/start-error.ts'
import { notify } from '../../people/notifications/index.ts'
import type { ClosingContext } from './closing.ts'
import { closeAccess } from './closing.ts'

type Deed = (tx: Transaction, parts: ClosingContext, personId: string, now: Date) => Promise<void>

const origin = { requestId: 'operator', network: undefined }

const deeds: Readonly<Record<string, Deed>> = {
  async suspend(tx, { notary, sessions }, personId, now) {
    await lockAccount(tx, personId)
    // Tell the person before the suspension: her language cannot be read from a suspended account.
    await notify(tx, personId, 'account.suspended', now)
    await changeStanding(tx, notary.vault.seals, personId, () => ({ suspendedAt: now }))
    await sessions.endForGood(tx, personId)
    await note(tx, personId, 'access.suspended', now)
  },
  // No message is sent: nobody knows who reads the mailbox of a deceased person.
  async deceased(tx, { notary, sessions }, personId, now) {
    await lockAccount(tx, personId)
    await changeStanding(tx, notary.vault.seals, personId, toStatus('deceased'))
    await sessions.endForGood(tx, personId)
    await note(tx, personId, 'access.suspended', now)
  },
  async restore(tx, { notary, sessions }, personId, now) {
    // Somebody else had changed who may sign in: the operator has looked, and no session of then counts.
    if (await vouchForStanding(tx, notary.vault.seals, personId))
      await sessions.endForGood(tx, personId)
    await changeStanding(tx, notary.vault.seals, personId, (before) => ({
      suspendedAt: null,
      ...toStatus('active')(before),
    }))
    await note(tx, personId, 'access.restored', now)
    await notify(tx, personId, 'account.restored', now)
  },
}

function toStatus(status: 'active' | 'deceased') {
  return (before: { readonly status: string }) => (before.status === 'merged' ? {} : { status })
}

function note(
  tx: Transaction,
  personId: string,
  kind: 'access.suspended' | 'access.restored',
  now: Date,
): Promise<void> {
  return recordActivity(tx, { kind, personId, result: 'done' }, origin, now)
}

/**
 * `accord account show|suspend|deceased|restore|counter-code|close REF [--json]`: finds the access by a reference that the person
 * quotes from her pages, never by a text about her; shows nothing about her but the state. The person is told what was done.
 * @param open makes what deeds need, only when it is needed
 * @returns the lines to print; undefined: wrong usage. @throws StartError when the reference belongs to no access, or when the
 * command is not confirmed or cannot be carried out
 */
export async function accountCommand(
  db: Database,
  args: readonly string[],
  now: Date,
  open: () => Promise<ClosingContext>,
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { word, reference, isJson } = asked
  const personId = await personOf(db, reference)
  const found = personId === undefined ? undefined : await accountKept(db, personId)
  if (personId === undefined || found === undefined)
    throw new StartError(`No access belongs to ${reference}.`)
  if (word === 'counter-code') {
    const { seals } = (await open()).notary.vault
    return saidOfCode(await giveCode(db, seals, { personId, ...found }, now), isJson)
  }
  if (word === 'close') {
    if (!asked.isConfirmed) throw new StartError(unconfirmed)
    await close(db, personId, await open(), now)
  }
  const deed = deeds[word]
  if (deed !== undefined) await transact(db, async (tx) => deed(tx, await open(), personId, now))
  return said((await accountKept(db, personId)) ?? found, isJson)
}

const unconfirmed =
  'Closing ends all sharings and sessions at once; only the person can open the access again, within thirty days. Say so with --confirm.'

async function close(
  db: Database,
  personId: string,
  parts: ClosingContext,
  now: Date,
): Promise<void> {
  const leaving = { personId, by: { type: 'broker' }, origin, now } as const
  try {
    await transact(db, (tx) => closeAccess(tx, parts, leaving))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new StartError('This access is closed already.')
  }
}

async function giveCode(
  db: Database,
  seals: RowSeals,
  account: AccountKept & { readonly personId: string },
  now: Date,
) {
  const { personId, status, closedAt, suspendedAt } = account
  if (status !== 'active' || closedAt !== null || suspendedAt !== null)
    throw new StartError('Nobody signs in with this access as it is: « account show » says why.')
  return transact(db, async (tx) => {
    await notify(tx, personId, 'access.counter-code', now)
    return makeCounterCode(tx, seals, personId, origin, now)
  })
}

const words = new Set(['show', 'counter-code', 'close', ...Object.keys(deeds)])

function readArguments([word = '', reference = '', ...options]: readonly string[]) {
  const [isJson, isConfirmed] = [options.includes('--json'), options.includes('--confirm')]
  const isKnown = options.length === Number(isJson) + Number(isConfirmed)
  if (!words.has(word) || reference === '' || !isKnown) return undefined
  if (isConfirmed && word !== 'close') return undefined
  return { word, reference, isJson, isConfirmed }
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
