import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { textOf } from './recipe.ts'

// The commands of deploy/systemd/ that call others, with programs in their place that note how they were called.

const folder = fs.mkdtempSync(join(tmpdir(), 'accord-commands-'))
const log = join(folder, 'log')
const programs = join(folder, 'programs')
fs.mkdirSync(programs)

beforeEach(() => {
  for (const name of fs.readdirSync(folder)) if (name !== 'programs') fs.rmSync(join(folder, name))
  fs.writeFileSync(join(folder, 'accord.env'), 'ISSUER=https://accord.exemple.test\n')
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

test('accord-restart takes one process for the web after the other, each when the one before is ready, and those that work beside them', async () => {
  const listed =
    "case $4 in *web*) printf '%s x\\n' accord-web@3001.service accord-web@3002.service;; *) printf '%s x\\n' accord-work@9464.service accord-work@9465.service;; esac"
  program('systemctl', `case $1 in list-units) ${listed};; *) echo "$2" >> ${log};; esac`)
  // Ready at the second look.
  program(
    'curl',
    `for LAST; do :; done; echo "$LAST" >> ${log}; [ "$(grep -c "$LAST" ${log})" -gt 1 ]`,
  )
  const ran = await run('accord-restart')
  expect(ran.code).toBe(0)
  const noted = lines(log)
  for (const [kind, port] of [
    ['web', 3001],
    ['work', 9464],
  ] as const) {
    const [first, second] = [port, port + 1].map((one) => `accord-${kind}@${one}.service`)
    const order = [
      first,
      address(port),
      address(port),
      second,
      address(port + 1),
      address(port + 1),
    ]
    expect(noted.filter((line) => order.includes(line))).toEqual(order)
    expect(ran.out).toContain(`${second} is ready`)
  }
})

test('accord-restart stops at the first that is not ready', async () => {
  program(
    'systemctl',
    `case $1 in list-units) case $4 in *web*) printf '%s\\n' 'accord-web@3001.service x' 'accord-web@3002.service x';; esac;; *) echo "$2" >> ${log};; esac`,
  )
  program('curl', 'exit 22')
  const ran = await run('accord-restart', { 'tries=1200': 'tries=2' })
  expect([ran.code, lines(log)]).toEqual([1, ['accord-web@3001.service']])
  expect(ran.err).toContain('accord-web@3001.service is not ready')
})

test('accord-rotate restarts before each step, waits with a status of its own, and goes on where it was broken off', async () => {
  const began = join(folder, 'rotation-began')
  program('accord-restart', `echo restart >> ${log}`)
  // Its first step is broken off as by kill -9; then two steps, something that waits, and the end.
  program(
    'accord',
    `echo "$*" >> ${log}; case $(grep -c rotate-all ${log}) in 1) kill -9 $PPID;; 2) echo changed;; 3) echo waits;; *) echo done;; esac`,
  )
  expect((await run('accord-rotate')).code).not.toBe(0)
  const since = fs.readFileSync(began, 'utf8').trim()
  expect(since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  expect((await run('accord-rotate')).code).toBe(75)
  expect(fs.readFileSync(began, 'utf8').trim()).toBe(since)
  expect((await run('accord-rotate', {}, '--at-once')).code).toBe(0)
  expect(fs.existsSync(began)).toBe(false)
  const step = `keys rotate-all --since ${since}`
  const calls = [step, step, step, `${step} --at-once`]
  expect(lines(log)).toEqual(calls.flatMap((call) => ['restart', call]))
})

function address(port: number): string {
  return `http://127.0.0.1:${port}/readyz`
}

function program(name: string, body: string): void {
  fs.writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
}

/** A command as it stands, with its folder in the place of /etc/accord. */
function run(name: string, changed: Readonly<Record<string, string>> = {}, ...words: string[]) {
  let text = textOf(`deploy/systemd/${name}.sh`).replaceAll('/etc/accord', folder)
  for (const [from, to] of Object.entries(changed)) text = text.replace(from, to)
  const file = join(folder, `${name}.sh`)
  fs.writeFileSync(file, text)
  const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` }
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile('sh', [file, ...words], { env, timeout: 20_000 }, (error, out, err) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        out,
        err,
      })
    })
  })
}

function lines(file: string): string[] {
  return fs.readFileSync(file, 'utf8').trim().split('\n')
}
