import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isApart } from '../support/apart.ts'
import type { Machine } from './standby.ts'

// Machines on one machine: network namespaces, each with an address of its own, whose cables lead to one bridge. They exist only in the
// namespaces of a drill (apart.ts), and this process is on the bridge too.

export type Machines = {
  readonly list: readonly Machine[]
  /** From now on nothing gets from this machine to the others or back; who calls from outside reaches all of them. */
  cutOff(machine: Machine): Promise<void>
  join(machine: Machine): Promise<void>
  /** Pulls its cable: what is sent to it or by it vanishes, and nobody is told. */
  unplug(machine: Machine): Promise<void>
  plug(machine: Machine): Promise<void>
  remove(): Promise<void>
}

const run = promisify(execFile)
const bridge = 'accord'
const net = '10.213.77'
const mostMachines = 100
const callers = mostMachines + 1

/** @returns undefined where this process does not run apart */
export async function makeMachines(count: number): Promise<Machines | undefined> {
  if (!isApart() || count > mostMachines) return undefined
  const numbers = Array.from({ length: count }, (_, n) => n)
  const remove = async () => {
    for (const n of numbers) await ip('netns', 'delete', nameOf(n)).catch(() => undefined)
    await ip('link', 'delete', bridge).catch(() => undefined)
  }
  try {
    await ip('link', 'add', bridge, 'address', cardOf(callers), 'type', 'bridge')
    await ip('address', 'add', `${addressOf(callers)}/24`, 'dev', bridge)
    await ip('link', 'set', bridge, 'up')
    for (const n of numbers) await plugIn(n)
    // Each knows the card of each: who asks for one that is gone would be told so, as no router tells it.
    for (const n of numbers) {
      await introduce([], n, bridge)
      for (const other of [...numbers, callers].filter((one) => one !== n))
        await introduce(['-n', nameOf(n)], other, 'eth0')
    }
  } catch (error) {
    await remove()
    throw error
  }
  const list = numbers.map((n) => ({
    address: addressOf(n),
    command: ['ip', 'netns', 'exec', nameOf(n)],
  }))
  const route = async (deed: 'add' | 'delete', machine: Machine) => {
    for (const other of list.filter((one) => one !== machine)) {
      await inside(machine, 'ip', 'route', deed, 'blackhole', `${other.address}/32`)
      await inside(other, 'ip', 'route', deed, 'blackhole', `${machine.address}/32`)
    }
  }
  const cable = async (machine: Machine, state: 'up' | 'down') => {
    const n = list.findIndex(({ address }) => address === machine.address)
    await ip('link', 'set', cableOf(n), state)
  }
  return {
    list,
    cutOff: (machine) => route('add', machine),
    join: (machine) => route('delete', machine),
    unplug: (machine) => cable(machine, 'down'),
    plug: (machine) => cable(machine, 'up'),
    remove,
  }
}

function nameOf(n: number): string {
  return `${bridge}-${n}`
}

function cableOf(n: number): string {
  return `cable${n}`
}

function addressOf(n: number): string {
  return `${net}.${n + 1}`
}

function cardOf(n: number): string {
  return `02:00:00:00:00:${(n + 1).toString(16).padStart(2, '0')}` // a local address of IEEE 802
}

async function plugIn(n: number): Promise<void> {
  const space = nameOf(n)
  await ip('netns', 'add', space)
  const end = ['peer', 'name', 'eth0', 'address', cardOf(n), 'netns', space]
  await ip('link', 'add', cableOf(n), 'type', 'veth', ...end)
  await ip('link', 'set', cableOf(n), 'master', bridge, 'up')
  await ip('-n', space, 'address', 'add', `${addressOf(n)}/24`, 'dev', 'eth0')
  for (const device of ['eth0', 'lo']) await ip('-n', space, 'link', 'set', device, 'up')
}

function introduce(at: readonly string[], n: number, device: string): Promise<void> {
  const card = ['lladdr', cardOf(n), 'nud', 'permanent', 'dev', device]
  return ip(...at, 'neighbour', 'replace', addressOf(n), ...card)
}

async function ip(...words: readonly string[]): Promise<void> {
  await run('ip', words)
}

async function inside({ command }: Machine, ...words: readonly string[]): Promise<void> {
  const [file = '', ...args] = [...command, ...words]
  await run(file, args)
}
