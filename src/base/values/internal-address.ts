import { BlockList, isIP } from 'node:net'

const internal = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  internal.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  internal.addSubnet(net, bits, 'ipv6')

/** Whether only this machine or an internal network reaches an address. A wildcard is reached from everywhere. */
export function isInternal(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host === 'localhost'
  return internal.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
