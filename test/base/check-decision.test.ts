import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StatementKeys } from '../../src/base/keys/jws.ts'
import { publicKeys, signStatement } from '../../src/base/keys/jws.ts'
import { createMissingKeys, openKeys } from '../../src/base/keys/keys.ts'
import { newFolder } from '../support/fault-process.ts'
import { looseSpellings } from '../support/spellings.ts'
import { statementsBy } from '../support/statements.ts'

// The programs of docs/integrate/check-decision.md, which a body copies, run as they are shown: each takes a decision that is for it, and
// no other text.

const root = join(import.meta.dirname, '../..')
const deadline = 60_000
const us = 'org_agence-revenu'

type Program = {
  readonly language: 'ts' | 'python' | 'java'
  readonly file: string
  readonly command: string
  /** Whether it reads claims itself: the JDK has no reader of JSON, and the document says so. */
  readonly readsClaims: boolean
  readonly isHere: boolean
}

const programs: readonly Program[] = [
  { language: 'ts', file: 'check.ts', command: execPath, readsClaims: true, isHere: true },
  {
    language: 'python',
    file: 'check.py',
    command: 'python3',
    readsClaims: true,
    isHere: runs('python3', ['-c', 'import cryptography']),
  },
  {
    language: 'java',
    file: 'CheckDecision.java',
    command: 'java',
    readsClaims: false,
    isHere: runs('javac', ['--version']),
  },
]

let issuer: string
let server: Server
let keys: StatementKeys
let others: StatementKeys
let dir: string

beforeAll(async () => {
  ;[keys, others] = [await newKeys(), await newKeys()]
  server = createServer((_, response) => response.end(JSON.stringify(publicKeys(keys))))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  issuer = `http://localhost:${(server.address() as AddressInfo).port}` // it listens on a port
  dir = newFolder()
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  for (const { language, file } of programs) {
    const shown = shownIn('check-decision.md', language)
    writeFileSync(
      join(dir, file),
      shown.replaceAll('<ISSUER>', issuer).replaceAll('<ORGANISATION>', us),
    )
  }
  // Compiled once: `java FILE` does it at each call.
  spawnSync('javac', [join(dir, 'CheckDecision.java')])
})

afterAll(() => server.close())

test('the French and the English document show the same programs', () => {
  for (const { language } of programs)
    expect(shownIn('check-decision.md', language)).toBe(shownIn('check-decision.en.md', language))
})

for (const program of programs) {
  const { language, isHere, readsClaims } = program
  const where = isHere ? '' : ': not run, it is not on this machine'
  test.skipIf(!isHere)(
    `${language} accepts a decision for its service, and nothing else${where}`,
    async () => {
      const good = await decision()
      const bad: Record<string, string> = {
        'of other claims': withClaims(good, { decision_id: 'dec_2' }),
        'of another broker': await decision({}, others),
        ...Object.fromEntries(looseSpellings.map(([how, respell]) => [how, respell(good)])),
        ...(readsClaims
          ? {
              'for another body': await decision({ aud: 'org_aide-etudes' }),
              'of another issuer': await decision({ iss: 'https://other.test' }),
              'that is over': await decision({ exp: seconds() - 60 }),
              'that is an acknowledgement': await signStatement(
                statementsBy(keys),
                'disclosure-ack+jwt',
                said(),
              ),
              'that is a receipt': await signStatement(
                statementsBy(keys),
                'consent-receipt+jwt',
                said(),
              ),
            }
          : {}),
      }
      const [taken, ...refused] = await Promise.all(
        [good, ...Object.values(bad)].map((token) => check(program, token)),
      )
      expect(taken).toMatchObject({ code: 0 })
      expect(taken?.output).toContain('dec_1')
      const names = Object.keys(bad)
      expect(refused.map(({ code }, i) => [names[i], code !== 0])).toEqual(
        names.map((name) => [name, true]),
      )
    },
    deadline,
  )
}

async function newKeys(): Promise<StatementKeys> {
  const folder = newFolder()
  await createMissingKeys(folder)
  return openKeys(folder)
}

function said(): Record<string, unknown> {
  return { iss: issuer, aud: us, decision_id: 'dec_1', iat: seconds(), exp: seconds() + 600 }
}

function decision(claims: object = {}, signer: StatementKeys = keys): Promise<string> {
  return signStatement(statementsBy(signer), 'decision+jwt', { ...said(), ...claims })
}

function withClaims(token: string, claims: object): string {
  const [head, , end] = token.split('.')
  const body = Buffer.from(JSON.stringify({ ...said(), ...claims })).toString('base64url')
  return [head, body, end].join('.')
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function shownIn(document: string, language: string): string {
  const text = readFileSync(join(root, 'docs/integrate', document), 'utf8')
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? ''
}

async function check({ language, file, command }: Program, token: string) {
  const [key] = publicKeys(keys).keys
  const isJava = language === 'java'
  const start = isJava ? ['-cp', dir, 'CheckDecision'] : [join(dir, file)]
  const more = isJava ? [key?.x ?? '', key?.y ?? ''] : []
  const child = spawn(command, [...start, token, ...more], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.on('data', (part: Buffer) => (output += part.toString()))
  const [code] = (await once(child, 'close')) as [number | null] // as Node says
  return { code, output }
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0
}
