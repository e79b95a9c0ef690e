import type { ConsentListed, DetailSource } from '../record/index.ts'

/** Where a body is told. Its organisation by the number of its first version, too. */
export type Stream = {
  readonly streamId: string
  readonly orgId: string
  readonly party: number
  readonly method: 'push' | 'poll'
  /** Of a stream that is pushed. */
  readonly endpoint: string | null
  /** The header that the body wants of each push, sealed. */
  readonly authorizationSealed: Buffer | null
  /** Addresses, as the body asked for them. */
  readonly requested: readonly string[]
  /** Short names of what it gets. */
  readonly kinds: readonly string[]
  readonly description: string | null
  readonly status: StreamStatus
  readonly reason: string | null
  readonly createdAt: Date
  /** Since when it is told of all of its kinds: what happened before is not made again. */
  readonly toldSince: Date
}

export type StoredStream = Stream & {
  readonly seal: Buffer
  readonly verifiedAt: Date | null
  readonly failures: number
}

export const statuses = ['enabled', 'paused', 'disabled'] as const
export type StreamStatus = (typeof statuses)[number]

/** An event that waits for a stream, with the consent that it is about. */
export type WaitingEvent = {
  readonly eventNo: string
  readonly jti: string
  readonly personId: string | null
  readonly kind: string
  readonly content: Readonly<Record<string, unknown>>
  readonly occurredAt: Date
  readonly queuedAt: Date
  readonly tries: number
  /** In the next night, to the minute, or when it happens (`migrations#pace_of_signal`). */
  readonly pace: 'night' | 'minute' | 'at once'
  /** When it was due at the first try. */
  readonly firstDueAt: Date
  /** The number of the event of her chain that made it; null: none did. */
  readonly eventSeq: number | null
  readonly consent: StoppedConsent | null
  /** Whether the body of the stream has or had to do with the person. */
  readonly isKnown: boolean
}

export type StoppedConsent = Omit<DetailSource, 'state'> & {
  readonly holder: number
  readonly recipient: number
}

/** How far a body was told of a person. */
export type ToldMark = {
  /** The event up to which it acknowledged all; 0: none yet. */
  readonly personSeq: number
  readonly jti: string | null
  /** Later events that it acknowledged, with the names of their signals: one before them is missing. */
  readonly ahead: ReadonlyMap<number, string>
}

/** Her consents of which a body is a party, by their ids. */
export type PartiesTold = ReadonlyMap<string, ConsentListed>
