import { OperatorError } from '../base/values/operator-error.ts'
import { command, flag } from './command.ts'
import type { House } from './house.ts'

type Asked = { readonly serviceId: string; readonly isRetired: boolean }

const serviceSecret = command('service secret SERVICE', {
  says: 'a secret of a service with the profile legacy, beside the one that it has; it is shown once',
  options: { retire: flag('drops the older of two, once the service uses the newer one') },
  asks: ({ SERVICE: serviceId, retire: isRetired = false }) => ({ serviceId, isRetired }),
  noted: { action: 'service-secret', object: ({ serviceId }) => serviceId },
  run: makeOrRetire,
})

export const commands = [serviceSecret]

async function makeOrRetire({ serviceId, isRetired }: Asked, house: House): Promise<string[]> {
  const { transact } = await import('../base/database/database.ts')
  const { makeSecret, retireSecret } = await import('../provider/index.ts')
  const { openRegister } = await import('../registry/index.ts')
  return house.withDatabase(async (db, now) => {
    const seals = await house.openSeals()
    const service = (await openRegister(db, seals)).current().services.get(serviceId)
    if (service?.profile !== 'legacy')
      throw new OperatorError(`${serviceId} is no service of the register with profile legacy.`)
    return transact(db, async (tx) => {
      if (!isRetired) return [await makeSecret(tx, seals, serviceId, now)]
      await retireSecret(tx, seals, serviceId)
      return [`${serviceId} has one secret now`]
    })
  })
}
