import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys, openKeys } from '../../src/base/keys/keys.ts'
import { signerOf } from '../../src/base/keys/signer.ts'
import { publishedKeys, signedToken } from '../../src/consent/signals/security-event-token.ts'
import { newFolder } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import { noteKeys } from '../support/secrets.ts'
import { looseSpellings } from '../support/spellings.ts'

// The receivers of docs/integrate/signals.md, which a body copies, run as they are shown.

const root = join(import.meta.dirname, '../..')
const deadline = 60_000
const us = 'org_agence-revenu'
const kind = (name: string) => `${issuer}/secevent/consent/event-type/${name}`

const programs = [
  { language: 'ts', file: 'receive.ts', command: execPath, isHere: true },
  {
    language: 'python',
    file: 'receive.py',
    command: 'python3',
    isHere: spawnSync('python3', ['-c', 'import cryptography']).status === 0,
  },
] as const

let issuer: string
let server: Server
let signs: (claims: object) => Promise<string>
let others: (claims: object) => Promise<string>
let dir: string
const running: ChildProcess[] = []

beforeAll(async () => {
  const folder = newFolder()
  await createMissingKeys(folder, { signals: true })
  noteKeys(folder)
  const keys = await openKeys(folder)
  signs = signingBy(keys.signals)
  const foreign = newFolder()
  await createMissingKeys(foreign, { signals: true })
  noteKeys(foreign)
  others = signingBy((await openKeys(foreign)).signals, keys.signals[0]?.kid)
  server = createServer((_, response) => response.end(JSON.stringify(publishedKeys(keys))))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  issuer = `http://localhost:${(server.address() as AddressInfo).port}` // it listens on a port
  dir = newFolder()
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
})

afterAll(() => {
  for (const program of running) program.kill()
  server.close()
})

/** @param called the name that the tokens give the key, where it is another one */
function signingBy(signals: Parameters<typeof publishedKeys>[0]['signals'], called?: string) {
  const signer = signerOf({ 'id-token': [], 'id-token-rsa': [], signals })
  return async (claims: object) => {
    const token = await signedToken({ keys: { signals }, signer }, { ...claims })
    if (called === undefined) return token
    const header = Buffer.from(JSON.stringify({ typ: 'secevent+jwt', alg: 'RS256', kid: called }))
    return [header.toString('base64url'), ...token.split('.').slice(1)].join('.')
  }
}

function said(
  jti: string,
  name: string,
  at: number,
  more: object = {},
  event: object = { event_timestamp: at, consent_id: 'con_1' },
): object {
  const who = { format: 'iss_sub', iss: issuer, sub: 'her' }
  return {
    iss: issuer,
    jti,
    iat: at,
    aud: us,
    sub_id: who,
    events: { [kind(name)]: event },
    ...more,
  }
}

function shownIn(document: string, language: string): string {
  const text = readFileSync(join(root, 'docs/integrate', document), 'utf8')
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? ''
}

test('the French and the English document show the same receivers', () => {
  for (const { language } of programs) {
    expect(shownIn('signals.md', language)).not.toBe('')
    expect(shownIn('signals.md', language)).toBe(shownIn('signals.en.md', language))
  }
})

for (const { language, file, command, isHere } of programs)
  test.skipIf(!isHere)(
    `the receiver in ${language} does each event once and in order, and refuses what is not for it`,
    async () => {
      const shown = shownIn('signals.md', language)
      const path = join(dir, file)
      writeFileSync(path, shown.replaceAll('<ISSUER>', issuer).replaceAll('<ORGANISATION>', us))
      const port = await freePorts(1)
      const program = spawn(command, [path, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] })
      running.push(program)
      let output = ''
      program.stdout.on('data', (part: Buffer) => (output += part.toString()))
      await expect.poll(() => output, { timeout: deadline / 2 }).toContain('ready')
      const send = async (token: string) =>
        (await fetch(`http://localhost:${port}/`, { method: 'POST', body: token })).status

      const granted = await signs(said('set_1', 'consent-granted', 100))
      const revoked = await signs(said('set_2', 'consent-revoked', 200))
      const older = await signs(said('set_3', 'consent-resumed', 150))
      const taken = []
      // What is told in the night has no time of its own: after an emergency it is no older event.
      const disabled = await signs(
        said('set_5', 'account-disabled', 240, {}, { event_timestamp: 240 }),
      )
      const enabled = await signs(said('set_6', 'account-enabled', 0, {}, {}))
      for (const token of [granted, granted, revoked, older, disabled, enabled])
        taken.push(await send(token))
      expect(new Set(taken)).toEqual(new Set([202]))

      const fresh = said('set_4', 'consent-granted', 300)
      const bad = {
        'of another key': await others(fresh),
        'for another body': await signs({ ...fresh, aud: 'org_aide-etudes' }),
        'of another broker': await signs({ ...fresh, iss: 'https://other.test' }),
        'of other claims': withClaims(granted, fresh),
        nothing: 'nothing',
        ...Object.fromEntries(
          looseSpellings.map(([how, respell]) => [how, respell(revoked)] as const),
        ),
      }
      for (const [how, token] of Object.entries(bad))
        expect([how, await send(token)]).toEqual([how, 400])
      expect(
        output
          .trim()
          .split('\n')
          .map((line) => line.trim()),
      ).toEqual([
        'ready',
        `do ${kind('consent-granted')} con_1`,
        'again set_1',
        `do ${kind('consent-revoked')} con_1`,
        `old ${kind('consent-resumed')} con_1`,
        `do ${kind('account-disabled')}`,
        `do ${kind('account-enabled')}`,
      ])
    },
    deadline,
  )

function withClaims(token: string, claims: object): string {
  const [head, , end] = token.split('.')
  return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), end].join('.')
}
