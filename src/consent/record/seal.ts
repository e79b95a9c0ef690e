import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Live } from '../../ledger/chain/index.ts'
import { countIn, numberIn } from '../../ledger/chain/index.ts'
import type { ConsentRow, ConsentState, State } from './rows.ts'
import { consentTable } from './tables.ts'

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

/** The columns of a consent that a use moves, with the number and the seal of the row that it makes. */
export type ConsentUse = Readonly<Record<'personId' | 'consentId', string>> & Counts & NextSeal
type Counts = Pick<
  ConsentRow,
  'uses' | 'lastUseAt' | 'windowStartedAt' | 'windowUses' | 'windowReturned'
>

/** What one more use makes of the row: `use_consents` writes it where the row still has the number that was read. */
export function rowAfterUse(
  seals: RowSeals,
  consent: ConsentState,
  window: { readonly startedAt: Date; readonly uses: number } | undefined,
  lastUseAt: Date,
): ConsentUse {
  const { personId, consentId, windowStartedAt, windowReturned } = consent
  const isSame = window?.startedAt.getTime() === windowStartedAt?.getTime()
  const counts = {
    uses: consent.uses + 1,
    lastUseAt,
    windowStartedAt: window?.startedAt ?? windowStartedAt,
    windowUses: window === undefined ? consent.windowUses : window.uses + 1,
    // No use was given back yet in a new window.
    windowReturned: window === undefined || isSame ? windowReturned : 0,
  }
  return { personId, consentId, ...counts, ...sealNext(seals, consent, counts) }
}
