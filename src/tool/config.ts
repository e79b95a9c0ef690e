import { command, flag, withoutDatabase } from './command.ts'
import type { House } from './house.ts'

const configShow = command('config', {
  says: 'the effective configuration, secrets masked',
  options: { json: flag('for machines') },
  asks: ({ json: isJson = false }) => ({ isJson }),
  noted: withoutDatabase,
  isOfWeb: true,
  run: show,
})

export const commands = [configShow]

async function show({ isJson }: { readonly isJson: boolean }, house: House): Promise<string[]> {
  const { effectiveSettings } = await import('../base/settings/effective-settings.ts')
  const settings = effectiveSettings(house.config, house.env)
  if (isJson) {
    const byName = settings.map(({ name, value = null, isDefault }) => [name, { value, isDefault }])
    return [JSON.stringify(Object.fromEntries(byName), null, 2)]
  }
  const lines = settings.map(
    ({ name, value, isDefault }) =>
      `${name.padEnd(19)} ${value ?? '-'}${isDefault && value !== undefined ? '  (default)' : ''}`,
  )
  return [...lines, ...whatFollows(house)]
}

// Says at once what follows from what is absent.
function whatFollows({ config: { smtpUrl, smsGatewayUrl, fido, mode } }: House): string[] {
  const instead = mode === 'demonstration' ? ' but to the mailbox of « npm start »' : ''
  return [
    ...(smtpUrl === undefined ? [`SMTP_URL is absent: no e-mail is sent${instead}`] : []),
    ...(smsGatewayUrl === undefined
      ? [`SMS_GATEWAY_URL is absent: no text is sent${instead}`]
      : []),
    ...(fido === undefined
      ? ['FIDO_METADATA is absent: level 3 is not offered, and no desk is served']
      : []),
  ]
}
