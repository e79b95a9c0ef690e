import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Where a record will be written. Its folder is made before the run: after hours there must be room for what was seen. */
export function recordFile(path: string): string {
  const file = resolve(path)
  mkdirSync(dirname(file), { recursive: true })
  return file
}
