import type { Transaction } from './database.ts'

export type SessionInfo = {
  readonly uid: string
  readonly device: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  /** /24 or /48 of where it was last used. */
  readonly network: string | null
}

/** A person's sessions. Ending one queues the back-channel notices in the same transaction, so nobody waits for a service. */
export type Sessions = {
  list(personId: string): Promise<readonly SessionInfo[]>
  end(tx: Transaction, personId: string, uids: readonly string[]): Promise<void>
}
