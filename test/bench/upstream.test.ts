import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// What docs/upstream says to maintainers of libraries can be run, by them and by the next version of the library.

const folder = join(import.meta.dirname, '../../docs/upstream')
const scripts = readdirSync(folder).filter(
  (name) => name.endsWith('.mjs') && name !== 'compare.mjs',
)
const { argv } = process

beforeEach(() => {
  process.argv = [...argv.slice(0, 2), '1', '1']
})
afterEach(() => {
  process.argv = argv
  vi.restoreAllMocks()
})

test.each(scripts)('%s runs, compares, and is told in the document', async (name) => {
  const said: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.push(String(text))
    return true
  })
  await import(`${folder}/${name}`)
  expect(said.join('')).toMatch(/µs CPU {2}× 1\.000 {2}\S/)
  if (name === 'oidc-provider-errors.mjs')
    expect(said[0]).toBe('a request that succeeds made 3 errors (with a DPoP proof: one more)\n')
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`\`${name}\``)
})
