import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { tellBlocks } from './account-events.ts'
import type { Chain } from './account-events.ts'
import type { ListedWays, Way } from './ways.ts'
import { trustedWays, wayOf } from './ways.ts'
import { addWays, dropWays, listedWays } from './ways-store.ts'

// Whose accounts a person lets open nothing here. It stands in the list of her ways in, under the same seal: whoever takes the list away
// takes every way in with it, so that no change past the broker opens what she closed.

/** Bodies by their issuers. */
export type Blocks = {
  readonly issuers: readonly string[]
  /** Every body elsewhere, those to come too. */
  readonly isAll: boolean
}

/** What she blocks or opens again: one body, or all of them. */
export type BlockTarget = { readonly issuer: string } | 'all'

/** The most bodies that one person blocks one by one. */
export const mostBlocks = 20

/** Whether she lets no account of this body open anything, by the list that was read beside it. */
export function isBlocked(
  seals: RowSeals,
  personId: string,
  listed: ListedWays,
  issuer: string,
): boolean {
  return blocks(blocksIn(trustedWays(seals, personId, listed) ?? []), issuer)
}

export function blocks({ issuers, isAll }: Blocks, issuer: string): boolean {
  return isAll || issuers.includes(issuer)
}

export async function blocksOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Blocks> {
  return blocksIn(trustedWays(seals, personId, await listedWays(db, personId)) ?? [])
}

/** Under the lock of her account. */
export async function block(
  tx: Transaction,
  chain: Chain,
  blocked: BlockTarget,
  now: Date,
): Promise<void> {
  await addWays(tx, chain.vault.seals, chain.personId, { add: [wayBy(blocked)] }, now)
  await tellNow(tx, chain)
}

/** Under the lock of her account. @returns false: that was not blocked */
export async function unblock(
  tx: Transaction,
  chain: Chain,
  blocked: BlockTarget,
): Promise<boolean> {
  const { personId, vault } = chain
  const { issuers, isAll } = await blocksOf(tx, vault.seals, personId)
  if (blocked === 'all' ? !isAll : !issuers.includes(blocked.issuer)) return false
  await dropWays(tx, vault.seals, personId, [wayBy(blocked)])
  await tellNow(tx, chain)
  return true
}

async function tellNow(tx: Transaction, chain: Chain): Promise<void> {
  await tellBlocks(tx, chain, await blocksOf(tx, chain.vault.seals, chain.personId))
}

function wayBy(blocked: BlockTarget): Way {
  return wayOf('block', blocked === 'all' ? 'all' : blocked.issuer)
}

const prefix = 'block '

/** The blocks among the ways of a list. */
export function blocksIn(ways: readonly string[]): Blocks {
  const named = ways.filter((way) => way.startsWith(prefix)).map((way) => way.slice(prefix.length))
  return { issuers: named.filter((one) => one !== 'all').toSorted(), isAll: named.includes('all') }
}
