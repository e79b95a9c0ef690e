// Whether a key is in another device than the one of the browser: a telephone that read a square of this screen. The browser says it by
// itself (WebAuthn Level 3, 5.1.2), and nothing opens by it: who lies is asked a question more, or less, in her own browser.

/** By which a key that is carried to the device is reached. */
const carried: readonly string[] = ['ble', 'nfc', 'smart-card', 'usb']

type Answered = {
  readonly authenticatorAttachment?: string | undefined
}

/** @param transports as the browser said them when the key was made. A key of which nothing is known is in another device. */
export function isInOtherDevice(
  { authenticatorAttachment }: Answered,
  transports: readonly string[],
): boolean {
  if (authenticatorAttachment !== 'cross-platform') return false
  return transports.length === 0 || transports.some((transport) => !carried.includes(transport))
}
