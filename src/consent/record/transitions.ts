import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ConsentState, State } from './rows.ts'

/** Moves of a consent after its answer: the second half of the ledger's `consent.<move>`. */
export type Move =
  | 'revoked'
  | 'expired'
  | 'suspended'
  | 'resumed'
  | 'superseded'
  | 'voided'
  | 'confirmed'

/** All moves of docs/design/domain.md#states: any other move is refused. A state without moves is an end. */
const table: Readonly<Record<State, Readonly<Partial<Record<Move, State>>>>> = {
  active: {
    revoked: 'revoked',
    expired: 'expired',
    suspended: 'suspended',
    superseded: 'superseded',
    voided: 'void',
    confirmed: 'active',
  },
  suspended: {
    revoked: 'revoked',
    expired: 'expired',
    resumed: 'active',
    superseded: 'superseded',
    voided: 'void',
  },
  refused: {},
  revoked: {},
  expired: {},
  superseded: {},
  void: {},
}

export function stateAfter(state: State, move: Move): State | undefined {
  return table[state][move]
}

/** The state at `now`: a consent, suspended or not, is over at its term, before its row says so. One that ended otherwise stays as it is. */
export function stateAt({ state, validUntil }: StandingState, now: Date): State {
  return now < validUntil ? state : (stateAfter(state, 'expired') ?? state)
}

/** Whether nothing can come after this state. */
export function isOver(state: State): boolean {
  return Object.keys(table[state]).length === 0
}

type StandingState = Pick<ConsentState, 'consentId' | 'state' | 'validUntil'>

/** @returns the state after the move. @throws IllegalTransition for a move that is not in the table */
export function stateAfterMove(consent: StandingState, move: Move, now: Date): State {
  const state = stateAt(consent, now)
  const next = stateAfter(state, move)
  if (next === undefined) throw new IllegalTransition(consent.consentId, state, move)
  return next
}

/** A page shows this error in words; a program reads `illegal_transition` (`src/api/me/problems.ts`). */
export class IllegalTransition extends Refusal {
  readonly state: State
  readonly move: Move

  constructor(consentId: string, state: State, move: Move) {
    super(isOver(state) ? 'sharing.not-live' : 'sharing.not-now', 409, {
      nextHref: `/mes-partages/${writeId('con', consentId)}`,
    })
    this.state = state
    this.move = move
  }
}
