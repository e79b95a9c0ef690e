import { systemClock } from '../base/values/clock.ts'
import { command, requiredText } from './command.ts'
import type { House } from './house.ts'

const longestReason = 500

type Asked = {
  readonly dataset: string
  readonly month: string
  readonly reason: { readonly fr: string; readonly en: string }
}

const openDataCorrect = command('open-data correct DATASET MONTH', {
  says: `publishes a month (2026-11) of a dataset of /register/open-data again, as the database tells it now, in a new
file that names the old one; everybody reads why. A change of fewer than ten people is not published`,
  options: {
    reason: requiredText('TEXT', 'why, in French'),
    'reason-en': requiredText('TEXT', 'the same in English'),
  },
  asks({ DATASET: dataset, MONTH: month, ...said }) {
    const [fr, en] = [said.reason.trim(), said['reason-en'].trim()]
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return undefined
    const isSaid = [fr, en].every((words) => words !== '' && words.length <= longestReason)
    return isSaid ? { dataset, month, reason: { fr, en } } : undefined
  },
  noted: { action: 'open-data-correct', object: ({ dataset, month }) => `${dataset} ${month}` },
  run: correct,
})

export const commands = [openDataCorrect]

async function correct(asked: Asked, house: House): Promise<string[]> {
  const { openSession } = await import('../base/database/db-session.ts')
  const { correctMonth } = await import('../pages/open-data/index.ts')
  const { openRegister } = await import('../registry/index.ts')
  const { issuer } = house.config
  return house.withDatabaseUrl(async (databaseUrl) => {
    const seals = await house.openSeals()
    return house.withDatabase(async (db) => {
      const { session, close } = await openSession(databaseUrl)
      try {
        const register = (await openRegister(db, seals)).current()
        const parts = { db, seals, issuer, register }
        const address = await correctMonth(parts, session, asked, systemClock())
        return [`Published: ${address}`, 'The file that it corrects stays where it is.']
      } finally {
        await close()
      }
    })
  })
}
