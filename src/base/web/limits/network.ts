import { isIPv4, isIPv6 } from 'node:net'
import type { Context } from 'koa'

// Where a request comes from: for people to read, and for counts.

/** /24 or /48: enough to say "not from here", too little to say who. No limit counts by it. */
export function networkOf(address: string): string | undefined {
  const plain = plainAddress(address)
  if (plain === undefined) return undefined
  return isIPv4(plain) ? `${plain.split('.').slice(0, 3).join('.')}.0/24` : prefixOf(plain, 48)
}

/** The address that a request comes from. Limits that count by it store only a digest. */
export function peerOf(ctx: Context): string {
  return plainAddress(ctx.ip) ?? nobodys
}

// What is no address is one network, so that nobody gets a new one by what he writes.
const nobodys = 'unknown'

/**
 * An address in one spelling: some proxies write its port behind it, which would make each connection a network of its own; an IPv4
 * address in IPv6 is that IPv4 address.
 */
function plainAddress(written: string): string | undefined {
  const [, inBrackets, withPort] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(written) ?? []
  const address = inBrackets ?? withPort ?? written
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const groups = groupsOf(address)
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : address
}

/** A network whose tries are counted, and how many times the limit it may use up. */
export type NetworkShare = { readonly network: string; readonly times: number }

// A subscriber has a /64, a /56 or a /48. Each size may use up four times as much as the size below it: one /56 that has used up
// its tries does not shut out its neighbour, another /56 in the same /48.
const rungs = [
  { bits: 64, times: 1 },
  { bits: 56, times: 4 },
  { bits: 48, times: 16 },
] as const

/** The networks by which an address is counted, narrowest first: an IPv4 address by itself, an IPv6 address by three networks. */
export function rungsOf(peer: string): readonly NetworkShare[] {
  const plain = plainAddress(peer) ?? nobodys
  if (!plain.includes(':')) return [{ network: plain, times: 1 }]
  return rungs.map(({ bits, times }) => ({ network: prefixOf(plain, bits), times }))
}

/** The widest network of an address: an IPv4 address itself, or the /48. */
export function widestOf(peer: string): string {
  return rungsOf(peer).at(-1)?.network ?? peer
}

function prefixOf(address: string, bits: 48 | 56 | 64): string {
  const groups = groupsOf(address).slice(0, 4)
  const whole = Math.floor(bits / 16)
  const [last = 0] = groups.slice(whole)
  const kept = [...groups.slice(0, whole), ...(bits % 16 === 0 ? [] : [last & 0xff00])]
  return `${kept.map((group) => group.toString(16)).join(':')}::/${bits}`
}

function groupsOf(address: string): number[] {
  const [plain = ''] = address.split('%', 1)
  const [head = '', tail = ''] = plain.split('::', 2)
  const [before, after] = [head, tail].map((part) =>
    part.split(':').filter((group) => group !== ''),
  )
  const missing = plain.includes('::') ? 8 - (before?.length ?? 0) - (after?.length ?? 0) : 0
  const zeros = Array<string>(Math.max(0, missing)).fill('0')
  return [...(before ?? []), ...zeros, ...(after ?? [])].map(
    (group) => Number.parseInt(group, 16) || 0,
  )
}
