import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { idleSeconds, slowestText } from './reporter.ts'
import type { SuiteRecord } from './suite-record.ts'

const root = join(import.meta.dirname, '../..')
let folder: string

// Inside the checkout, so that vitest is found.
beforeAll(() => {
  folder = fs.mkdtempSync(join(root, 'node_modules', '.reporter-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

const passes = "test('a', () => {}); test.skip('b', () => {}); test.todo('c')"

// A run takes a second: the failures that can be counted in one run are counted in one, each in a file of its own.
const failures = [
  `${passes}; test('d', () => { throw 1 })`, // one test
  "throw new Error('no test')", // the file itself
  '', // no test at all
  "describe('s', () => { beforeAll(() => { throw 1 }); test('a', () => {}) })", // a hook: its test is skipped
]

test.each([
  { says: '1 passed, 0 failed, 2 skipped', exit: 0, bodies: [passes] },
  { says: '1 passed, 4 failed, 3 skipped', exit: 1, bodies: failures },
  {
    says: '1 passed, 1 failed, 2 skipped',
    exit: 1,
    bodies: [`${passes}; void Promise.reject(new Error('unhandled'))`],
  },
  {
    says: '1 passed, 1 failed, 2 skipped',
    exit: 1,
    bodies: [passes],
    teardown: "throw new Error('teardown')",
  },
  {
    says: '0 passed, 1 failed, 0 skipped',
    exit: 1,
    bodies: [passes],
    setup: "throw new Error('setup')",
  },
])(
  'the very last line: $says, exit code $exit',
  async ({ says, exit, bodies, setup = '', teardown = '' }) => {
    const run = fs.mkdtempSync(join(folder, 'run-'))
    const config = `export default { test: {
    include: ['*.test.ts'], globalSetup: ['setup.ts'], reporters: ['default', '${root}/test/support/reporter.ts'] } }`
    fs.writeFileSync(join(run, 'vitest.config.ts'), config)
    fs.writeFileSync(
      join(run, 'setup.ts'),
      `export const setup = () => { ${setup} }; export const teardown = () => { ${teardown} }`,
    )
    for (const [i, body] of bodies.entries())
      fs.writeFileSync(
        join(run, `${i}.test.ts`),
        `import { beforeAll, describe, test } from 'vitest'; ${body}`,
      )

    const { output, code } = await runVitest(run)

    expect(output.trimEnd().split('\n').at(-1)).toBe(says)
    expect(code).toBe(exit)
    const record = JSON.parse(
      fs.readFileSync(join(run, 'records/suite.json'), 'utf8'),
    ) as SuiteRecord
    const { passed, failed, skipped } = record
    expect(`${passed} passed, ${failed} failed, ${skipped} skipped`).toBe(says)
    expect(record.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(record.files.map(({ file }) => file)).toEqual(
      setup === '' ? bodies.map((_, i) => `${i}.test.ts`) : [],
    )
  },
)

test('the ten slowest files are listed, the slowest first', () => {
  const files = Array.from({ length: 12 }, (_, i) => ({ file: `test/${i}.test.ts`, ms: i * 1000 }))
  const lines = slowestText(files).trim().split('\n')
  expect(lines).toHaveLength(11)
  expect(lines[0]).toBe('The 10 slowest files:')
  expect(lines[1]).toMatch(/^ +11\.0 s {2}test\/11\.test\.ts$/)
  expect(lines[10]).toMatch(/ 2\.0 s {2}test\/2\.test\.ts$/)
})

async function runVitest(cwd: string): Promise<{ output: string; code: number }> {
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'run'], {
      cwd,
      env: { ...process.env, SUITE_RECORD: 'records/suite.json' },
    })
    return { output: stdout, code: 0 }
  } catch (error) {
    // execFile rejects with what the program printed and its exit code.
    const { stdout, code } = error as { stdout: string; code: number }
    return { output: stdout, code }
  }
}

test('what workers waited for the last one is the time after each one’s last file', () => {
  expect(idleSeconds([1000, 4000, 6000, 9000], 2)).toBe(3)
  expect(idleSeconds([1000, 4000, 6000, 9000], 3)).toBe(8)
  expect(idleSeconds([1000], 2)).toBe(0)
})
