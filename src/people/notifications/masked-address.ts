import type { Channel } from '../accounts/index.ts'

/** As much of an address as tells its owner which it is: `m•••@exemple.test`, `••• 0199`. */
export function maskedAddress({
  channel,
  address,
}: {
  readonly channel: Channel
  readonly address: string
}): string {
  if (channel === 'sms') return `•••\u00a0${address.slice(-4)}`
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1)}•••${address.slice(at)}`
}
