import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import { openMediaShelf } from '../../../src/registry/media/media-files.ts'
import { newFolder } from '../../support/fault-process.ts'
import { keepFile, newFilm } from '../../support/media.ts'

const dir = newFolder()
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a process without the folder, or without the file, says so once and shows nothing', async () => {
  const { named, name, path } = keepFile(dir, newFilm(), 'mp4')
  const file = { type: 'video/mp4', ...named } as const
  const lines: LogFields[] = []
  const note = (fields: LogFields) => void lines.push(fields)
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const without = openMediaShelf(undefined, log)
  expect([await without.has([file]), await without.has([file])]).toEqual([false, false])
  expect(await without.open(file)).toBeUndefined()
  const shelf = openMediaShelf(dir, log)
  expect(await shelf.has([file])).toBe(true)
  rmSync(path)
  expect([await shelf.has([file]), await shelf.has([file])]).toEqual([false, false])
  expect(lines).toEqual([
    { why: `${name}: REGISTER_MEDIA_DIR is not set` },
    { why: `${name}: it is not there` },
  ])
})
