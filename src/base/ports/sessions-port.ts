import type { Transaction } from '../database/database.ts'

export type SessionInfo = {
  readonly uid: string
  readonly device: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  /** /24 or /48 of where it was last used. */
  readonly network: string | null
}

/** Why a browser finds its session ended by somebody else: a code that recovered the access, a « Ce n’était pas moi », another session. */
export const endReasons = ['recovery', 'not-mine', 'elsewhere'] as const
export type EndReason = (typeof endReasons)[number]

/** Which sessions of a person end. A member that is not given excludes no session. */
export type EndedSessions = {
  /** The uid of the session at hand, which stays. */
  readonly but?: string
  /** The uid of the one session that ends. */
  readonly only?: string
  /** Only the sessions that one of these factors made. */
  readonly madeBy?: readonly string[]
  /** What their browsers are told; undefined: nothing. */
  readonly because?: EndReason
}

/** An account at another body's provider, and one session of it there by its hash; undefined: all of them. */
export type UpstreamLogout = {
  readonly factorId: string
  readonly provider: string
  readonly session: string | undefined
  /** Whether a session here of which the other body did not say the name there may be that one. */
  readonly isUnnamedToo: boolean
}

/**
 * A person's sessions. One statement over the account ends them, never a list that was read before. The statement locks the
 * account. A sign-in that committed before it loses its session too; a sign-in that had begun and commits after it makes no
 * session. Notices to services are queued in the same transaction, so nobody waits for a service.
 */
export type Sessions = {
  /** The sessions used last, to be shown. */
  list(personId: string): Promise<readonly SessionInfo[]>
  /** @returns how many there were */
  end(tx: Transaction, personId: string, which?: EndedSessions): Promise<number>
  /**
   * Ends the sessions that a sign-in elsewhere made; where one session there is named, those of that one and of none. What she has begun to
   * prove counts no more. @returns how many there were
   */
  endFromElsewhere(tx: Transaction, personId: string, by: UpstreamLogout): Promise<number>
  /** Ends all sessions, and all codes and tokens, including the tokens by which a sharing goes on without a session. */
  endForGood(tx: Transaction, personId: string): Promise<void>
  /** Ends the codes and tokens that were issued since a moment, but for those of the session at hand. After the account's lock. */
  endTokensSince(
    tx: Transaction,
    personId: string,
    which: { readonly since: Date; readonly but: string },
  ): Promise<void>
  /** Ends what a person's sessions hold of one service, its codes and tokens for her too; her sessions go on. After the account's lock. */
  leaveService(tx: Transaction, personId: string, serviceId: string): Promise<void>
  /** Whether this session still exists. Deeds that change how the person signs in ask this under the account's lock. */
  isAlive(tx: Transaction, personId: string, uid: string): Promise<boolean>
}
