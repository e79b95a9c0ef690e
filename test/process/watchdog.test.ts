import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWatchdog } from '../../src/house/watchdog.ts'
import { linesOf } from '../deploy/recipe.ts'

// Of systemd there is its program alone, which writes down what it is told, and with which environment.

let folder: string
let program: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'accord-watchdog-'))
  program = join(folder, 'systemd-notify')
  const lines = ['#!/bin/sh', `cd ${folder}`, 'echo "$1 $NOTIFY_SOCKET" >> told', 'env > env']
  writeFileSync(program, `${lines.join('\n')}\n`, { mode: 0o700 })
})
afterAll(() => rmSync(folder, { recursive: true }))

const told = () => readFileSync(join(folder, 'told'), 'utf8').trim().split('\n')
const log = { warn: vi.fn() }
const watchdog = { everyMs: 60, socket: '/run/systemd/notify' }

test('a process says again and again that it goes on, until it is stopped, and hands on none of its environment', async () => {
  const dog = await startWatchdog(watchdog, log, program)
  expect(new Set(told())).toEqual(new Set(['WATCHDOG=1 /run/systemd/notify']))
  await vi.waitUntil(() => told().length > 3)
  await dog.stop()
  const [lines, env] = [told().length, readFileSync(join(folder, 'env'), 'utf8')]
  expect(env).toMatch(/^NOTIFY_SOCKET=/m)
  expect(
    env.split('\n').filter((line) => !/^(PATH|NOTIFY_SOCKET|PWD|OLDPWD|SHLVL|_)=|^$/.test(line)),
  ).toEqual([])
  expect(log.warn).not.toHaveBeenCalled()
  expect(told()).toHaveLength(lines)
})

test('what systemd cannot be told is said in a line, and said again the next time', async () => {
  const dog = await startWatchdog(watchdog, log, program)
  writeFileSync(program, '#!/bin/sh\nexit 1\n')
  await vi.waitUntil(() => log.warn.mock.calls.length > 1)
  await dog.stop()
})

test('it does not start where it would be ended for ever', async () => {
  const absent = startWatchdog(watchdog, log, join(folder, 'absent'))
  await expect(absent).rejects.toThrow(
    /systemd-notify cannot be run: install it, or take WatchdogSec out/,
  )
})

test.each(['accord-web@.service', 'accord-work@.service'])(
  '%s is replaced where it hangs, and may say that it does not',
  (unit) => {
    const lines = linesOf(`systemd/${unit}`)
    expect(lines).toContain('NotifyAccess=all')
    expect(lines).toContain('Restart=on-failure')
    const [, seconds] =
      lines.map((line) => /^WatchdogSec=(\d+)$/.exec(line)).find((one) => one !== null) ?? []
    // Longer than a start and the slowest turn of a loop, and short of what a proxy waits.
    expect(Number(seconds)).toBeGreaterThanOrEqual(20)
    expect(Number(seconds)).toBeLessThanOrEqual(60)
  },
)
