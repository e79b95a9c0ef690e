import type { Transaction } from './database.ts'

export type SessionInfo = {
  readonly uid: string
  readonly device: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  /** /24 or /48 of where it was last used. */
  readonly network: string | null
}

/** Which sessions of a person end. What is not said leaves nothing out. */
export type EndedSessions = {
  /** The uid of the session at hand, which stays. */
  readonly but?: string
  /** The uid of the one session that ends. */
  readonly only?: string
  /** Those that one of these factors made. */
  readonly madeBy?: readonly string[]
}

/**
 * A person's sessions. They end by one statement over the account, never by a list that was read before. It locks the account, so
 * that a sign-in is before it, and its session ends too, or after it: a sign-in that had begun makes no session any more. Notices
 * to services are queued in the same transaction, so nobody waits for a service.
 */
export type Sessions = {
  /** For showing: the ones used last. */
  list(personId: string): Promise<readonly SessionInfo[]>
  /** @returns how many there were */
  end(tx: Transaction, personId: string, which?: EndedSessions): Promise<number>
  /** All sessions, and all codes and tokens, those that carry a sharing on too. */
  endForGood(tx: Transaction, personId: string): Promise<void>
  /** Whether this session is there still: asked under the account's lock by what changes how one gets in. */
  isAlive(tx: Transaction, personId: string, uid: string): Promise<boolean>
}
