import type { Config } from '../settings/config.ts'
import type { Clock } from '../values/clock.ts'
import type { CodeWatch } from '../migrating/code-watch.ts'
import type { Database } from '../database/database.ts'
import type { Keys } from '../keys/keys.ts'
import type { Log } from '../logging/log.ts'
import type { Meter } from '../logging/meter.ts'
import type { Readiness } from '../observing/readiness.ts'
import type { RetentionNow } from '../values/retention.ts'
import type { RestoreWatch } from '../values/restore-watch.ts'
import type { SigningPort } from '../keys/signer.ts'
import type { Pages } from './page.ts'
import type { HaltReason } from './pages.ts'
import type { Words } from './words.ts'

/** The dependencies of all rooms, passed by hand. Deeds do not take it: they take `tx`, values and `now`. */
export type Foundation = {
  readonly config: Config
  readonly db: Database
  readonly readiness: Readiness
  readonly restored: RestoreWatch
  readonly code: CodeWatch
  readonly clock: Clock
  readonly log: Log
  readonly keys: Keys
  readonly signer: SigningPort
  readonly meter: Meter
  readonly pages: Pages
  /** Why nothing is permitted to anybody for now. */
  readonly whyNothing: () => HaltReason
  readonly words: Words
  /** How long what is kept is kept, by the register of now. */
  readonly spans: RetentionNow
}
