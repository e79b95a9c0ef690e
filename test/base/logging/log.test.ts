import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { instanceOf, processLog } from '../../../src/base/settings/instance.ts'
import { anyCharacter, seeded } from '../../support/property.ts'

function linesOf(write: (log: ReturnType<typeof openLog>) => void, level = 'info'): string[] {
  const lines: string[] = []
  write(openLog(level, { write: (line) => lines.push(line) }))
  return lines
}

function lineOf(fields: LogFields): string {
  const [line = ''] = linesOf((log) => log.error(fields, 'said'))
  return line
}

test('a line is one JSON object with time, level and message', () => {
  const line = lineOf({ requestId: 'r1', status: 200, ms: 3 })
  expect(JSON.parse(line)).toEqual({
    level: 50,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    requestId: 'r1',
    status: 200,
    ms: 3,
    msg: 'said',
  })
})

test('any text in a field or message stays one line of valid JSON without control characters', () => {
  const nasty = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.constantFrom(
      'a\nb',
      '\u001b[31mred',
      '"}\n{"level":60',
      '\u2028',
      '\r\n\r\n',
      '\u0000',
      '\u009b1m',
    ),
  )
  fc.assert(
    fc.property(nasty, nasty, nasty, (route, outcome, message) => {
      const lines = linesOf((log) => log.info({ route, outcome }, message))
      expect(lines).toHaveLength(1)
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      expect(lines[0]).toMatch(/^[^\u0000-\u001f]*\n$/)
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 30, msg: expect.any(String) })
    }),
    seeded(),
  )
})

class HolderError extends Error {
  override readonly name = 'HolderError'
  readonly password = 'canary-field'
  readonly code = '28P01'
}

test('an error is its name, its code and its frames; its message and members never appear, however deep', () => {
  const inner = new Error('canary-cause')
  const error = new HolderError('canary-message\n    at canary-frame (x)', { cause: inner })
  const line = lineOf({ error })
  expect(line).not.toContain('canary')
  const { error: trace } = JSON.parse(line) as { error: Record<string, unknown> }
  expect(trace).toMatchObject({ name: 'HolderError', code: '28P01', cause: { name: 'Error' } })
  expect(Object.keys(trace).toSorted()).toEqual(['cause', 'code', 'frames', 'name'])
  expect(JSON.stringify(trace['frames'])).toContain('log.test.ts')
})

test.each([
  ['a text', 'canary'],
  ['an object', { secret: 'canary' }],
  ['a number', 42],
  ['null', null],
  ['errors in a row that has no end', endless()],
  ['an aggregate', new AggregateError([new Error('canary')], 'canary')],
])('%s thrown as an error shows nothing of its content either', (_, error) => {
  const line = lineOf({ error })
  expect(line).not.toContain('canary')
  expect(line.length).toBeLessThan(12_000)
})

test('a message below the wanted level is not written', () => {
  expect(linesOf(sayThree, 'warn')).toHaveLength(1)
  expect(linesOf(sayThree, 'silent')).toHaveLength(0)
})

function sayThree(log: ReturnType<typeof openLog>): void {
  log.debug({}, 'one')
  log.info({}, 'two')
  log.warn({}, 'three')
}

function endless(): Error {
  const error: Error = new Error('canary')
  error.cause = error
  return error
}

test('each line of a process says which one wrote it; no other code of ours opens a log', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  processLog({ logLevel: 'info', instance: 'web-3' }, destination).info({}, 'named')
  processLog({ logLevel: 'info', instance: undefined }, destination).info({}, 'unnamed')
  const names = lines.map((line) => (JSON.parse(line) as { instance?: string }).instance)
  expect(names).toEqual(['web-3', instanceOf({ instance: undefined })])
  const root = join(import.meta.dirname, '../../..')
  const opening = globSync('src/**/*.ts', { cwd: root }).filter((path) =>
    /\bopenLog\(/.test(readFileSync(join(root, path), 'utf8')),
  )
  expect(opening.toSorted()).toEqual(['src/base/logging/log.ts', 'src/base/settings/instance.ts'])
})
