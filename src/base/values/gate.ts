declare const opened: unique symbol

/**
 * The session at hand may let something about this person flow, now. Every function that writes such a thing takes one, and
 * src/people/accounts/gate.ts alone makes it. It counts in the transaction in which it was made. The symbol is a name for the compiler:
 * nothing bears it.
 */
export type FlowGate = { readonly personId: string; readonly [opened]: true }

/** Asked by each write: the gate was opened for this person. @throws Error where it was for another one, which is a fault of ours */
export function requireGateFor(gate: FlowGate, personId: string): void {
  if (gate.personId !== personId) throw new Error('the gate was opened for another person')
}
