import type { JsonValue } from './canonical.ts'
import type { EventKind, NewEvent } from './event.ts'

/** What bodies are told of a deed, one signal after the other, as `queue_signals` reads it. This wing passes it on, and does not read it. */
export type SignalList = readonly { readonly [name: string]: JsonValue }[]

/** How far an access is open, as bodies are told of it. */
export type AccessState = 'active' | 'suspended' | 'closed'

/** Which signals deeds make. The composition brings it with the vault: nobody who writes an event can forget it. */
export type SignalMapping = {
  /** Each kind of event says which signals it makes, or that it makes none: one that says nothing does not compile. */
  readonly ofEvents: {
    readonly [Kind in EventKind]: 'nobody' | ((fields: NewEvent['fields']) => SignalList)
  }
  /** Of an access that opens or closes: no event says each of these moves. */
  ofAccess(was: AccessState, is: AccessState): SignalList
}

/** For a command that only reads: it writes no event, and moves no access. */
export const readOnlyMapping: SignalMapping = {
  get ofEvents() {
    return refuse()
  },
  ofAccess: refuse,
}

function refuse(): never {
  throw new Error('who only reads makes no signal')
}
