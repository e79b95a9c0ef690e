import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Done, Failed, Mode, HostCommand } from './house-host.ts'
import { besideOthers } from './files.ts'
import { logged } from './secrets.ts'

// The processes in which the houses of a worker's tests run: they are started once and stay warm from file to file.

const program = join(import.meta.dirname, 'house-host.ts')
const guard = join(import.meta.dirname, '../../src/guard.js')
// A busy machine starts a house in half a minute.
const answerLimitMs = 150_000

export type Host = {
  readonly pid: number | undefined
  /** Opens a house; its log goes to a file. @returns how to close it */
  open(
    mode: Mode,
    env: Readonly<Record<string, string | undefined>>,
    logFile: string,
  ): Promise<() => Promise<void>>
  /** From now on nothing is looked at again and again. @returns how to end it */
  hold(): Promise<() => Promise<void>>
  /** From now on its calls are counted. @returns how to end it: the source files of which a function ran */
  count(): Promise<() => Promise<readonly string[]>>
  /** How much the process itself has written: to be asked again with `writtenSince`. */
  written(): number
  writtenSince(mark: number): string
}

/** A house did not start or stop. */
export class HouseError extends Error {
  readonly sentence: string | undefined

  constructor({ stack, sentence }: Failed) {
    super(`the house did not start or stop:\n${stack}`)
    this.sentence = sentence
  }
}

const hosts = new Map<number, Host>()
let houses = 0

/** Two houses that must not share a process are opened by two hosts. */
export function hostOf(number: number): Host {
  const known = hosts.get(number)
  if (known !== undefined) return known
  const host = startHost(number)
  hosts.set(number, host)
  return host
}

type Waiting = { resolve(done: Done): void; reject(cause: Error): void }

function startHost(number: number): Host {
  // A pipe for each stream, and the channel.
  const child = fork(program, {
    env: { ...process.env, NODE_ENV: '' },
    // Started as by `npm run serve`, with the compile cache.
    execArgv: [...besideOthers, '--import', guard],
    silent: true,
  })
  const waiting = new Map<number, Waiting>()
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      logged(`host-${number}`, piece)
    })
  child.on('message', (done: Done) => {
    if (done.failed === undefined) waiting.get(done.id)?.resolve(done)
    else waiting.get(done.id)?.reject(new HouseError(done.failed))
    waiting.delete(done.id)
  })
  const fallen = endOf(child, number, () => text)
  let end: Error | undefined
  void fallen.catch((cause: Error) => {
    hosts.delete(number)
    end = cause
    for (const { reject } of waiting.values()) reject(cause)
    // An error that would end a process in a deployment ends the run.
    throw cause
  })
  letWorkerEnd(child)

  async function tell(told: HostCommand): Promise<Done> {
    const done = new Promise<Done>((resolve, reject) => {
      waiting.set(told.id, { resolve, reject })
      if (end !== undefined) return reject(end)
      child.send(told, (error) => {
        if (error !== null) reject(error)
      })
    })
    return withinLimit(done)
  }
  return {
    pid: child.pid,
    async open(mode, env, logFile) {
      const id = (houses += 1)
      await tell({ id, deed: 'open', mode, env, logFile })
      return async () => void (await tell({ id, deed: 'close' }))
    },
    async hold() {
      await tell({ id: (houses += 1), deed: 'hold' })
      return async () => void (await tell({ id: (houses += 1), deed: 'release' }))
    },
    async count() {
      await tell({ id: (houses += 1), deed: 'count' })
      return async () => (await tell({ id: (houses += 1), deed: 'counted' })).ran ?? []
    },
    written: () => text.length,
    writtenSince: (mark) => text.slice(mark),
  }
}

async function endOf(child: ChildProcess, number: number, text: () => string): Promise<void> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  throw new Error(`host ${number} ended (${code ?? signal}):\n${text()}`)
}

async function withinLimit<T>(done: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`a host did not answer within ${answerLimitMs} ms`)),
      answerLimitMs,
    )
    void done.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    )
  })
  return Promise.race([done, late])
}

// A host lives as long as its worker, and does not keep the worker alive.
function letWorkerEnd(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
  }
}
