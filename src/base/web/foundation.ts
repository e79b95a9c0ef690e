import type { Config } from '../platform/config.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { Log } from '../platform/log.ts'
import type { Meter } from '../platform/meter.ts'
import type { Readiness } from '../platform/readiness.ts'
import type { RestoreWatch } from '../platform/restored.ts'
import type { SigningPort } from '../platform/signer.ts'
import type { Pages } from './page.ts'
import type { Words } from './words.ts'

/** The dependencies of all rooms, passed by hand. Deeds do not take it: they take `tx`, values and `now`. */
export type Foundation = {
  readonly config: Config
  readonly db: Database
  readonly readiness: Readiness
  readonly restored: RestoreWatch
  readonly clock: Clock
  readonly log: Log
  readonly keys: Keys
  readonly signer: SigningPort
  readonly meter: Meter
  readonly pages: Pages
  readonly words: Words
}
