import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { writeDuration } from '../../src/base/values/clock.ts'
import { calendarDays } from '../support/calendar-days.ts'
import { chances } from '../support/chances.ts'
import { calendarFiles } from '../support/files.ts'
import { dealt } from './chance.ts'
import { seed, skipped, tell } from './report.ts'

// The test files that read a clock or a month, run as on days that are no others. Those whose houses can be moved run by the clock that
// tests move (decision 0027); all others by Debian's faketime, which moves PostgreSQL and every process too.

const root = join(import.meta.dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const days = Number(process.env['DRILL_DAYS'] ?? 1)
const dayMs = 60 * 60 * 1000
const mostOutput = 256 * 1024 * 1024
const mostLines = 150

const chosen = dealt(
  calendarDays.map(({ name }) => name),
  days,
  chances(seed),
)
const { moved, faked } = calendarFiles()
const faketime = ['faketime'].find(isThere)

test.each(chosen)('as on: %s', { timeout: 2 * dayMs }, async (name) => {
  const at = calendarDays.find((day) => day.name === name)?.next(new Date()) ?? new Date()
  const ahead = () => Math.ceil((at.getTime() - Date.now()) / 1000) * 1000
  const began = performance.now()
  const found = [await run(moved, { CLOCK_OFFSET: writeDuration(ahead()) })]
  if (faketime === undefined)
    skipped(`${name}: ${faked.length} files that the clock of tests does not reach: no faketime`)
  else {
    const env = { NO_FAKE_STAT: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    found.push(await run(faked, env, [faketime, '-f', `+${ahead() / 1000}`]))
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  tell({ day: name, at: at.toISOString(), moved: moved.length, faked: faked.length, seconds })
  expect(found.filter((output) => output !== '').join('\n')).toBe('')
})

/** Runs these files. @returns what is red, in words; nothing: all are green */
function run(
  files: readonly string[],
  more: Readonly<Record<string, string>>,
  before: readonly string[] = [],
): Promise<string> {
  // What a drill makes longer is as short as in the suite.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(DRILL_|VITEST|TEST$|NODE_ENV$)/.test(key)),
  )
  const [program = '', ...words] = [...before, process.execPath, vitest, 'run', ...files]
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { cwd: root, env: { ...env, ...more }, maxBuffer: mostOutput, timeout: dayMs },
      (error, out, err) => {
        const lines = stripVTControlCharacters(`${out}\n${err}`).split('\n')
        const failed = lines.findIndex((line) => line.includes('Failed Tests'))
        const told = failed < 0 ? lines.slice(-mostLines) : lines.slice(failed, failed + mostLines)
        resolve(error === null ? '' : told.join('\n'))
      },
    )
  })
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
