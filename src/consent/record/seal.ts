import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Live } from '../../ledger/chain/index.ts'
import { countIn, numberIn } from '../../ledger/chain/index.ts'
import type { ConsentRow, ConsentState, State } from './rows.ts'
import { consentTable } from './tables.ts'

/** Its rows under the newest key. */
export function recordRenewal(seals: RowSeals): Renewal {
  return sealRenewal(consentTable, seals)
}

/** What a row is checked against: the seals, and the rows that live by its person's chain, read by the same statement. */
export type RowTrust = { readonly seals: RowSeals; readonly live: Live }

export function sealOf(seals: RowSeals, row: ConsentRow): Buffer {
  return seals.seal(consentTable, row)
}

/**
 * Whether a row is not as this broker wrote it last: its seal does not fit; or it may be used, and its person's chain does not name it
 * among the rows that live. An older row that was put back has a good seal, and is not named.
 */
export function isUntrusted(
  { seals, live }: RowTrust,
  row: ConsentRow & { readonly seal: Buffer | null },
): boolean {
  if (!seals.holds(consentTable, row, row.seal)) return true
  if (!isLiving(row.state)) return false
  return numberIn(live, row.consentId) !== row.stateSeq
}

/** Whether these are all answers that a person gave, by the end of her chain, and each is as this broker wrote it. */
export function isWhole({ live }: Pick<RowTrust, 'live'>, rows: readonly ConsentState[]): boolean {
  const ids = new Set(rows.map(({ consentId }) => consentId))
  const areAll = ids.size === rows.length && countIn(live) === rows.length
  return areAll && !rows.some((row) => row.isUntrusted)
}

/** Whether a row in this state may be used now or later: such a row lives by its person's chain. */
export function isLiving(state: State): boolean {
  return state === 'active' || state === 'suspended'
}

/** What a change makes of the row: its next number and its seal. */
export type NextSeal = { readonly stateSeq: number; readonly seal: Buffer | null }

/** A row that was not as this broker wrote it gets no seal: a deed does not make it genuine. */
export function sealNext(
  seals: RowSeals,
  before: ConsentState,
  change: Partial<ConsentRow>,
): NextSeal {
  const stateSeq = before.stateSeq + 1
  const seal = before.isUntrusted ? null : sealOf(seals, { ...before, ...change, stateSeq })
  return { stateSeq, seal }
}

/** What one more use makes of the row, as the database counts it (`use_consents`). */
export function sealUse(
  seals: RowSeals,
  consent: ConsentState,
  window: { readonly startedAt: Date; readonly uses: number } | undefined,
  usedAt: Date,
): NextSeal {
  const isSame = window?.startedAt.getTime() === consent.windowStartedAt?.getTime()
  const counted = window && {
    windowStartedAt: window.startedAt,
    windowUses: window.uses + 1,
    windowReturned: isSame ? consent.windowReturned : 0,
  }
  return sealNext(seals, consent, { uses: consent.uses + 1, lastUseAt: usedAt, ...counted })
}
