import type { FlowGate } from '../../src/base/values/gate.ts'

/** A gate that nobody opened: for a test that begins after a deed, and is about something else. */
export function gateFor(personId: string): FlowGate {
  return { personId } as FlowGate
}
