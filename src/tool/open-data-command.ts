import { openClock } from '../base/database/clock-offset.ts'
import { systemClock } from '../base/values/clock.ts'
import type { Config } from '../base/settings/config.ts'
import { openDatabase, startPatience } from '../base/database/database.ts'
import { openSession } from '../base/database/db-session.ts'
import { requireKnownKeys } from '../base/keys/known-keys.ts'
import { requireSchema } from '../base/migrating/schema-version.ts'
import { wordsIn } from '../base/values/parse-words.ts'
import { sealsOf, withDatabaseUrl } from './command-database.ts'
import { correctMonth } from '../pages/open-data/index.ts'
import { openRegister } from '../registry/index.ts'

const longestReason = 500
const text = { type: 'string' } as const

/** `accord open-data correct DATASET MONTH --reason TEXT --reason-en TEXT`. @returns undefined: wrong usage */
export async function openDataHere(
  config: Config,
  args: readonly string[],
): Promise<string[] | undefined> {
  const asked = askedIn(args)
  if (asked === undefined) return undefined
  return withDatabaseUrl(config, async (databaseUrl) => {
    const seals = await sealsOf(config)
    const db = openDatabase(databaseUrl, startPatience)
    const { session, close } = await openSession(databaseUrl)
    try {
      await requireSchema(db)
      await requireKnownKeys(db, config)
      await openClock(db, config)
      const register = (await openRegister(db, seals)).current()
      const parts = { db, seals, issuer: config.issuer, register }
      const address = await correctMonth(parts, session, asked, systemClock())
      return [`Published: ${address}`, 'The file that it corrects stays where it is.']
    } finally {
      await close()
      await db.destroy()
    }
  })
}

function askedIn(args: readonly string[]) {
  const options = { reason: text, 'reason-en': text }
  return wordsIn(args, options, (values, [deed, dataset, month, ...more]) => {
    const [fr, en] = [values.reason?.trim() ?? '', values['reason-en']?.trim() ?? '']
    if (deed !== 'correct' || more.length > 0 || dataset === undefined) return undefined
    if (month === undefined || !/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return undefined
    const isSaid = [fr, en].every((words) => words !== '' && words.length <= longestReason)
    return isSaid ? { dataset, month, reason: { fr, en } } : undefined
  })
}
