import type { Config } from '../base/settings/config.ts'
import { transact } from '../base/database/database.ts'
import { StartError } from '../base/values/start-error.ts'
import { sealsOf, withDatabase } from './command-database.ts'
import { makeSecret, retireSecret } from '../provider/index.ts'
import { openRegister } from '../registry/index.ts'

/** `accord service secret SERVICE [--retire]`. @returns what to print; undefined: wrong usage */
export function serviceHere(
  config: Config,
  [deed, serviceId = '', how, ...more]: readonly string[],
): Promise<string[] | undefined> {
  const isRetired = how === '--retire'
  if (deed !== 'secret' || serviceId === '' || more.length > 0 || (how !== undefined && !isRetired))
    return Promise.resolve(undefined)
  return withDatabase(config, async (db, now) => {
    const seals = await sealsOf(config)
    const service = (await openRegister(db, seals)).current().services.get(serviceId)
    if (service?.profile !== 'legacy')
      throw new StartError(`${serviceId} is no service of the register with profile legacy.`)
    return transact(db, async (tx) => {
      if (!isRetired) return [await makeSecret(tx, seals, serviceId, now)]
      await retireSecret(tx, seals, serviceId)
      return [`${serviceId} has one secret now`]
    })
  })
}
