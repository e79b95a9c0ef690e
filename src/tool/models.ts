import { systemClock } from '../base/values/clock.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import { command, withoutDatabase } from './command.ts'
import type { House } from './house.ts'

const modelsShow = command('models [AAGUID]', {
  says: `reads FIDO_METADATA as a process would, without the database: its number, its last day, how many models
suffice for level 3; of one model: whether it does`,
  asks: ({ AAGUID }) => ({ AAGUID }),
  noted: withoutDatabase,
  run: show,
})

export const commands = [modelsShow]

/** @throws OperatorError where no key would give level 3 */
async function show({ AAGUID }: { readonly AAGUID?: string | undefined }, { config }: House) {
  const { fido } = config
  if (fido === undefined)
    throw new OperatorError('FIDO_METADATA is absent: level 3 is not offered.')
  const { readModels } = await import('../webauthn/index.ts')
  const { no, nextUpdate, isOver, models } = await readModels(fido, systemClock())
  if (isOver)
    throw new OperatorError(`Number ${no} is over since ${nextUpdate}: bring a newer file.`)
  const suffice = models.filter(({ verdict }) => verdict === 'stands')
  const head = `number ${no}, until ${nextUpdate}: ${suffice.length} of ${models.length} models suffice`
  if (AAGUID === undefined) return [head]
  const model = models.find((one) => one.aaguid === AAGUID)
  return [head, model === undefined ? `${AAGUID} is not in the file` : lineOf(model)]
}

function lineOf({ aaguid, name, verdict }: { aaguid: string; name: string; verdict: string }) {
  return `${aaguid} ${verdict}  ${name}`
}
