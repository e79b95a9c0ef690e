import type { Config } from '../base/settings/config.ts'
import { shownSettings } from '../base/settings/effective-settings.ts'

/** `accord config [--json]`. @returns the lines to print; undefined: wrong usage */
export function configCommand(
  config: Config,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] | undefined {
  if (args.length > 1 || (args.length === 1 && args[0] !== '--json')) return undefined
  const settings = shownSettings(config, env)
  if (args[0] === '--json') {
    const byName = settings.map(({ name, value = null, isDefault }) => [name, { value, isDefault }])
    return [JSON.stringify(Object.fromEntries(byName), null, 2)]
  }
  const lines = settings.map(
    ({ name, value, isDefault }) =>
      `${name.padEnd(19)} ${value ?? '-'}${isDefault && value !== undefined ? '  (default)' : ''}`,
  )
  return [...lines, ...whatFollows(config)]
}

// Says at once what follows from what is absent.
function whatFollows({ smtpUrl, smsGatewayUrl, fido, mode }: Config): string[] {
  const instead = mode === 'demonstration' ? ' but to the mailbox of « npm start »' : ''
  return [
    ...(smtpUrl === undefined ? [`SMTP_URL is absent: no e-mail is sent${instead}`] : []),
    ...(smsGatewayUrl === undefined
      ? [`SMS_GATEWAY_URL is absent: no text is sent${instead}`]
      : []),
    ...(fido === undefined ? ['FIDO_METADATA is absent: level 3 is not offered'] : []),
  ]
}
