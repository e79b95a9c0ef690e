import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Machine } from './standby.ts'

// Machines on one machine: network namespaces, each with an address of its own on a bridge. Making them takes root.

export type Machines = {
  readonly list: readonly Machine[]
  /** From now on nothing gets from this machine to the others or back; who calls from outside reaches all of them. */
  cutOff(machine: Machine): Promise<void>
  join(machine: Machine): Promise<void>
  remove(): Promise<void>
}

const run = promisify(execFile)
const net = '10.213.77'
const callersAddress = `${net}.254`

/** @returns undefined where this is not allowed */
export async function makeMachines(count: number): Promise<Machines | undefined> {
  const name = `acc${process.pid}`
  const spaces = Array.from({ length: count }, (_, n) => `${name}-${n}`)
  const remove = async () => {
    for (const space of spaces) await ip('netns', 'delete', space).catch(() => undefined)
    await ip('link', 'delete', name).catch(() => undefined)
  }
  try {
    await ip('link', 'add', name, 'type', 'bridge')
    await ip('address', 'add', `${callersAddress}/24`, 'dev', name)
    await ip('link', 'set', name, 'up')
    for (const [n, space] of spaces.entries())
      await plugIn(space, `${name}${n}`, name, addressOf(n))
  } catch {
    await remove()
    return undefined
  }
  const list = spaces.map((space, n) => ({
    address: addressOf(n),
    command: ['ip', 'netns', 'exec', space],
  }))
  const route = async (deed: 'add' | 'delete', machine: Machine) => {
    for (const other of list.filter((one) => one !== machine)) {
      await inside(machine, 'ip', 'route', deed, 'blackhole', `${other.address}/32`)
      await inside(other, 'ip', 'route', deed, 'blackhole', `${machine.address}/32`)
    }
  }
  return {
    list,
    cutOff: (machine) => route('add', machine),
    join: (machine) => route('delete', machine),
    remove,
  }
}

function addressOf(n: number): string {
  return `${net}.${n + 1}`
}

async function plugIn(
  space: string,
  cable: string,
  bridge: string,
  address: string,
): Promise<void> {
  await ip('netns', 'add', space)
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
  await ip('link', 'set', cable, 'master', bridge, 'up')
  await ip('-n', space, 'address', 'add', `${address}/24`, 'dev', 'eth0')
  for (const device of ['eth0', 'lo']) await ip('-n', space, 'link', 'set', device, 'up')
}

async function ip(...words: readonly string[]): Promise<void> {
  await run('ip', words)
}

async function inside({ command }: Machine, ...words: readonly string[]): Promise<void> {
  const [file = '', ...args] = [...command, ...words]
  await run(file, args)
}
