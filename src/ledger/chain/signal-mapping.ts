import type { JsonValue } from './canonical.ts'
import type { EventKind, NewEvent } from './event.ts'
import { eventKinds } from './event.ts'

/** What bodies are told of a deed, one signal after the other, as `queue_signals` reads it. This wing passes it on, and does not read it. */
export type SignalList = readonly { readonly [name: string]: JsonValue }[]

/** Which signals deeds make. The composition brings it with the vault: nobody who writes an event can forget it. */
export type SignalMapping = {
  /** Each kind of event says which signals it makes, or that it makes none: one that says nothing does not compile. */
  readonly ofEvents: {
    readonly [Kind in EventKind]: 'nobody' | ((fields: NewEvent['fields']) => SignalList)
  }
}

/** For a command that only reads: it writes no event. */
export const readOnlyMapping: SignalMapping = {
  get ofEvents() {
    return refuse()
  },
}

/** Of what an order about a person writes, no body is told. */
export const toldOfOrders = {
  // An order says what an operator wanted. What became of the access, its own event says (`access.standing`).
  'access.ordered': 'nobody',
  // What a check found, and that it is settled, is between her and the house: a body is answered RECORD_UNTRUSTED.
  'rows.differed': 'nobody',
  'rows.settled': 'nobody',
  // After an erasure there is nothing left to tell; that an access is erased, its own event says (`access.standing`).
  'content.erased': 'nobody',
} as const

const others = Object.fromEntries(eventKinds.map((kind) => [kind, refuse])) as Readonly<
  Record<EventKind, () => never>
>

/** For a command that carries out an order about a person, or notes what it found: it writes no other event, and loads no room that tells bodies. */
export const orderMapping: SignalMapping = {
  ofEvents: { ...others, ...toldOfOrders },
}

function refuse(): never {
  throw new Error('this command makes no signal')
}
