/**
 * Whether the port of an address, where it names one, is written as a browser writes it (RFC 3986, section 6.2.3): from 1 to 65535, and
 * without zeros before it. Addresses are compared as texts, and nobody listens at port 0, which a machine gives to whoever asks for any.
 */
export function hasPlainPort(address: string): boolean {
  const [, port] = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*:(\d*)(?:[/?#]|$)/i.exec(address) ?? []
  return port === undefined || isPlainPort(port)
}

/** Whether it is the number of a port, in its one spelling. */
export function isPlainPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}
