import { setTimeout as rest } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { Renewal, RenewalCount } from './row-renewal.ts'
import { pagesOf } from './row-renewal.ts'

// The walk over all tables whose rows name keys of a purpose. It may be broken off and taken up: a row is put under the newest key once,
// and a walk that is repeated finds nothing to do.

// A thousand rows, whose people wait for some hundredths of a second.
const pagesAtOnce = 16
const maxBatches = 10_000_000

/** How far a walk has come: in which table, at which page, and what it found. */
export type WalkState = {
  readonly table: number
  readonly page: number
  readonly renewed: number
  /** The rows that still need an older key, by table. */
  readonly left: Readonly<Record<string, number>>
}

export const walkBegins: WalkState = { table: 0, page: 0, renewed: 0, left: {} }

/**
 * Goes on with a walk while there is time. After each batch it rests as long as the batch took, where requests are served meanwhile.
 * @returns how far it came, and whether that is the end
 */
export async function walkOn(
  db: Database,
  renewals: readonly Renewal[],
  begun: WalkState,
  { isTime, isGentle }: { readonly isTime: () => boolean; readonly isGentle: boolean },
): Promise<WalkState & { readonly isDone: boolean }> {
  let [state, size]: [WalkState, number | undefined] = [begun, undefined]
  for (let n = 0; n < maxBatches; n++) {
    const renewal = renewals[state.table]
    if (renewal === undefined) return { ...state, isDone: true }
    if (!isTime()) break
    // Rows that are written during the walk lie after this size, too: they are under the newest key.
    size ??= await pagesOf(db, renewal.table)
    if (state.page >= size) {
      ;[state, size] = [{ ...state, table: state.table + 1, page: 0 }, undefined]
      continue
    }
    const began = performance.now()
    const pages = { from: state.page, to: state.page + pagesAtOnce }
    const found = await transact(db, (tx) => renewal.renew(tx, pages))
    state = { ...added(state, renewal.table, found), page: pages.to }
    if (isGentle && found.renewed > 0) await rest(performance.now() - began)
  }
  return { ...state, isDone: false }
}

function added(state: WalkState, table: string, { renewed, left }: RenewalCount): WalkState {
  const before = state.left[table] ?? 0
  const lefts = left === 0 ? state.left : { ...state.left, [table]: before + left }
  return { ...state, renewed: state.renewed + renewed, left: lefts }
}
