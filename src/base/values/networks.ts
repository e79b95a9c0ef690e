import { BlockList, isIP } from 'node:net'

// Networks as somebody writes them, in the notation of RFC 4632, section 3.1, and RFC 4291, section 2.3.

/** The address and the bits of a network; undefined: it is none. */
function readNetwork(text: string) {
  const [, address = '', length = ''] = /^([\d.]+|[\da-f:.]+)\/(0|[1-9]\d{0,2})$/i.exec(text) ?? []
  const [family, bits] = [isIP(address), Number(length)]
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined
  return { address, bits, type: family === 4 ? 'ipv4' : 'ipv6' } as const
}

export function isNetwork(text: string): boolean {
  return readNetwork(text) !== undefined
}

/**
 * Whether an address is within one of these networks; without a network every address is.
 * @returns a function of an address as `peerOf` gives it: what is no address is in no network
 */
export function withinNetworks(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true
  const list = new BlockList()
  for (const text of networks) {
    const network = readNetwork(text)
    if (network !== undefined) list.addSubnet(network.address, network.bits, network.type)
  }
  return (address) => {
    const [plain = ''] = address.split('%', 1)
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
}
