import type { Config } from '../config.ts'
import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import type { Keys } from './keys.ts'
import type { Log } from './log.ts'
import type { Pages } from './page.ts'
import type { Words } from './words.ts'

/** The whole of "dependency injection" (ARCHITECTURE 4). Deeds do not take it: they take `tx`, values and `now`. */
export type Foundation = {
  readonly config: Config
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly keys: Keys
  readonly pages: Pages
  readonly words: Words
}
