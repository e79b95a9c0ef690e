import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, until } from '../support/fault-process.ts'
import { openRollingProxy } from '../support/rolling-proxy.ts'
import { balancerVersion, openBalancer } from './balancer.ts'
import type { Backend } from './balancer.ts'
import { makeMachines } from './machines.ts'
import type { Machine } from './standby.ts'

// A program for two-hosts.test.ts, which runs it apart: two machines with a small server each behind the balancer; the cable of one is pulled
// and put back. It says what it saw, and waits to be killed. Its processes and a file bear the name that it is given.

const [name = ''] = process.argv.slice(2)
const host = 'accord.localhost'
const firstPort = 3001
const callMs = 800
const vanishedMs = 300
const calls = 10
const server = `require('node:http').createServer((_, answer) => answer.end(process.argv[1])).listen(Number(process.argv[1]), process.argv[2])`

const machines = await makeMachines(3)
const [one, two, front] = machines?.list ?? []
if (machines === undefined || one === undefined || two === undefined || front === undefined)
  throw new Error('no machines')
writeFileSync(join(tmpdir(), name), '')
const backends = [one, two].map(({ address }, n) => ({ address, port: firstPort + n }))
const ports = backends.map(({ port }) => port)
for (const [n, machine] of [one, two].entries())
  serve(machine, backends[n] ?? { address: '', port: 0 })
const balancer = await open(front)
await until('both are ready', () => balancer.ready().length === 2)
const before = await answering()

await machines.unplug(one)
const isToldNothing = await vanishes({ address: one.address, port: firstPort })
await until('one is left out', () => balancer.ready().length === 1)
const whileCut = await answering()
await machines.plug(one)
await until('both are ready again', () => balancer.ready().length === 2)
const after = await answering()
console.log(JSON.stringify({ ports, before, isToldNothing, whileCut, after }))
setInterval(() => undefined, callMs)

function serve({ command }: Machine, { address, port }: Backend): void {
  launch(['-e', server, String(port), address, name], {
    env: {},
    command: [...command, process.execPath],
  })
}

async function open(machine: Machine) {
  if (balancerVersion() !== undefined) return openBalancer(host, machine, backends)
  const proxy = await openRollingProxy(host)
  for (const { port, address } of backends) proxy.take(port, address)
  return { ...proxy, address: 'localhost' }
}

/** Which servers answered some calls, and how many calls failed. */
async function answering() {
  const answers: string[] = []
  for (let n = 0; n < calls; n++) answers.push(await call())
  const found = new Set(answers.filter((answer) => answer !== ''))
  return {
    by: [...found].map(Number).toSorted((a, b) => a - b),
    failed: answers.filter((answer) => answer === '').length,
  }
}

function call(): Promise<string> {
  return new Promise((resolve) => {
    const to = { host: balancer.address, port: balancer.port, headers: { host }, agent: false }
    const sent = get({ ...to, signal: AbortSignal.timeout(callMs) }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => resolve(answer.statusCode === 200 ? text : ''))
    })
    sent.on('error', () => resolve(''))
  })
}

/** Whether nothing comes back from there: no refusal, no reset, no word of a router. */
function vanishes({ address, port }: Backend): Promise<boolean> {
  const socket = connect({ host: address, port })
  return new Promise((resolve) => {
    const settle = (isSilent: boolean) => {
      socket.destroy()
      resolve(isSilent)
    }
    socket.on('connect', () => settle(false)).on('error', () => settle(false))
    setTimeout(() => settle(true), vanishedMs)
  })
}
