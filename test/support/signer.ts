import { mkdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FarPurpose } from '../../src/base/keys/signer.ts'
import { frameOf, frameReader } from '../../src/base/keys/signer-protocol.ts'
import type { ServedPurpose, SignerSockets } from '../../src/base/values/key-purposes.ts'
import { launch, newFolder, until } from './fault-process.ts'
import type { Launched } from './fault-process.ts'
import { noteKeys } from './secrets.ts'
import { fakedTime } from './own-server.ts'

/** A signer in a process of its own, that may end and begin again. */
export type TestSigner = {
  readonly keysDir: string
  /** Of `signed.json`, where it is for the log. */
  readonly memoryDir: string
  readonly sockets: SignerSockets
  /** Starts it, if it does not run, and waits until it listens. */
  begin(): Promise<void>
  end(signal?: NodeJS.Signals): Promise<void>
  /** Starts one beside it, at other sockets, with the same keys and memory, which is to end by itself. @returns what it said */
  another(): Promise<string>
  /** What it wrote since it began. */
  output(): string
  /** Its process. */
  pid(): number
  readonly drop: () => Promise<void>
}

const program = ['--disable-sigusr1', '--import', './src/guard.js', './src/accord.ts']

export async function makeSignerProcess(
  purposes: readonly ServedPurpose[],
  issuer: string,
): Promise<TestSigner> {
  const folder = newFolder()
  const [keysDir, dir, memoryDir] = ['keys', 'sockets', 'memory'].map((name) => join(folder, name))
  if (keysDir === undefined || dir === undefined || memoryDir === undefined) throw new Error('none')
  mkdirSync(dir)
  await createMissingKeys(keysDir, { rsa: true, upstream: true, signals: true })
  noteKeys(keysDir)
  let running: Launched | undefined
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    await running?.end(signal)
  }
  const words = ['signer', 'serve', '--keys', keysDir, '--issuer', issuer, '--sockets']
  const memory = purposes.includes('log') ? ['--memory', memoryDir] : []
  return {
    keysDir,
    memoryDir,
    sockets: socketsIn(dir, purposes),
    async begin() {
      const started = launch([...program, ...words, dir, ...memory, ...purposes], {
        env: fakedTime(),
      })
      running = started
      await until('the signer listens', () => {
        if (started.process.exitCode !== null) throw new Error(started.output())
        return started.output().includes(`signer of ${issuer}:`)
      })
    },
    end,
    async another() {
      const elsewhere = join(folder, 'elsewhere')
      mkdirSync(elsewhere, { recursive: true })
      const one = launch([...program, ...words, elsewhere, ...memory, ...purposes], {
        env: fakedTime(),
      })
      await until('it said something', () => one.output() !== '')
      await one.end('SIGTERM')
      return one.output()
    },
    output: () => running?.output() ?? '',
    pid: () => running?.process.pid ?? 0,
    async drop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The sockets that a signer opens in a folder. */
export function socketsIn(dir: string, purposes: readonly ServedPurpose[]): SignerSockets {
  return Object.fromEntries(purposes.map((purpose) => [purpose, join(dir, purpose)]))
}

/** As a setting says them. */
export function settingOf(sockets: SignerSockets): string {
  return Object.values(sockets).join(',')
}

/** Asks over one connection, and waits until the other end closes it. @returns the answers, in the order of the questions */
export async function askAt(path: string, questions: readonly object[]): Promise<Answered[]> {
  const frames = questions.map((question, id) => frameOf({ id, ...question }))
  const answers = (await saidAt(path, Buffer.concat(frames))) as (Answered & { id: number })[]
  return answers.toSorted((a, b) => a.id - b.id)
}
export type Answered = Readonly<Record<string, unknown>> & { readonly refused?: string }

/** What is answered until the other end closes the connection. */
export async function saidAt(path: string, bytes: Buffer): Promise<unknown[]> {
  const socket = connect(path)
  socket.on('error', () => undefined)
  socket.end(bytes)
  const reader = frameReader()
  const frames: unknown[] = []
  for await (const chunk of socket) frames.push(...reader.take(chunk as Buffer))
  return frames
}

type Said = Readonly<Record<string, unknown>>
type Stating = {
  readonly iss: string
  readonly alg: string
  readonly kid: string
  readonly header?: Said
  readonly claims?: Said
}

/** A statement as the house has it signed now, with changes: what is undefined is left out. */
export function statement(purpose: FarPurpose, { iss, alg, kid, header, claims }: Stating): Buffer {
  const now = Math.floor(Date.now() / 1000)
  const { typ, ...said } = usual(now)[purpose]
  const parts = [
    { ...(typ !== undefined && { typ }), alg, kid, ...header },
    { iss, ...said, ...claims },
  ]
  const texts = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return Buffer.from(texts.join('.'))
}

function usual(now: number): Readonly<Record<FarPurpose, Said & { readonly typ?: string }>> {
  const token = { aud: 'desk', sub: 'somebody', iat: now, exp: now + 300 }
  return {
    'id-token': token,
    'id-token-rsa': token,
    upstream: {
      iss: 'accord',
      sub: 'accord',
      aud: 'https://elsewhere.test',
      iat: now,
      exp: now + 60,
    },
    signals: { typ: 'secevent+jwt', iat: now, events: {} },
    decision: { typ: 'decision+jwt', iat: now, exp: now + 60 },
    receipt: { typ: 'consent-receipt+jwt', iat: now },
  }
}
