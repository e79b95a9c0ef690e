/** Whether this database is older than what others know of it (decision 0097). */
export type RestoreWatch = {
  /** Nothing is permitted then. As of the last look, a second ago. */
  isRestored(): boolean
  /** Compares again within seconds, not only in a minute. */
  compareSoon(): void
  stop(): Promise<void>
}
