import { systemClock } from '../base/values/clock.ts'
import type { Config } from '../base/settings/config.ts'
import { StartError } from '../base/values/start-error.ts'
import { readModels } from '../webauthn/index.ts'

/** `accord models [AAGUID]`. @returns the lines to print; undefined: wrong usage. @throws StartError where no key would give level 3 */
export async function modelsCommand(
  { fido }: Pick<Config, 'fido'>,
  args: readonly string[],
): Promise<string[] | undefined> {
  if (args.length > 1) return undefined
  if (fido === undefined) throw new StartError('FIDO_METADATA is absent: level 3 is not offered.')
  const { no, nextUpdate, isOver, models } = await readModels(fido, systemClock())
  if (isOver) throw new StartError(`Number ${no} is over since ${nextUpdate}: bring a newer file.`)
  const suffice = models.filter(({ verdict }) => verdict === 'stands')
  const head = `number ${no}, until ${nextUpdate}: ${suffice.length} of ${models.length} models suffice`
  const [aaguid] = args
  if (aaguid === undefined) return [head]
  const model = models.find((one) => one.aaguid === aaguid)
  return [head, model === undefined ? `${aaguid} is not in the file` : lineOf(model)]
}

function lineOf({ aaguid, name, verdict }: { aaguid: string; name: string; verdict: string }) {
  return `${aaguid} ${verdict}  ${name}`
}
