import type { DetailSource } from '../record/index.ts'

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
  readonly consent: StoppedConsent | null
  /** Whether the body of the stream has or had to do with the person. */
  readonly isKnown: boolean
}

export type StoppedConsent = Omit<DetailSource, 'state'> & {
  readonly holder: number
  readonly recipient: number
}
