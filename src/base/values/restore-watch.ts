/** Whether this database is older than what others know of it (decision 0097). */
export type RestoreWatch = {
  /** Nothing is permitted then. As of the last look, a second ago. */
  isRestored(): boolean
  /** The same, or that no comparison has ended for minutes: whoever put the database back may hinder them. Nothing is permitted either. */
  isInDoubt(): boolean
  /** The time of the newest cosignature that this process heard of, in milliseconds; undefined: of none. */
  cosignedMs(): number | undefined
  /** Compares again within seconds, not only in a minute. */
  compareSoon(): void
  stop(): Promise<void>
}
