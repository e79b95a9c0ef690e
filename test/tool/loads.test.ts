import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { commandsOf, firstWords } from '../../src/tool/commands.ts'
import { freshDatabase } from '../support/database.ts'

// Help is told by values alone, and a command loads its own: the rooms come when it runs.

const root = join(import.meta.dirname, '../..')
const hook = `import { registerHooks } from 'node:module'
const files = []
registerHooks({ load(url, context, next) { files.push(url); return next(url, context) } })
process.on('exit', () => process.stderr.write('\\n' + JSON.stringify(files)))`

/** The modules that the program loads, of the repository from its root on. */
function loadedBy(words: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  return loadedFrom('src/accord.ts', words, env)
}

function loadedFrom(
  file: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): string[] {
  const program = `data:text/javascript,${encodeURIComponent(hook)}`
  const { stderr } = spawnSync(process.execPath, ['--import', program, file, ...words], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  const urls = JSON.parse(stderr.split('\n').at(-1) ?? '[]') as string[]
  return urls.flatMap((url) =>
    url.startsWith('file:') ? [url.slice(`file://${root}/`.length)] : [],
  )
}

const beside = ['src/accord.ts', 'src/guard.js']

test('help loads no room, and nothing that a room needs', () => {
  const loaded = loadedBy(['--help'])
  expect(loaded.length).toBeGreaterThan(firstWords.length)
  expect(loaded.filter((path) => !/^src\/(?:tool|base\/values)\//.test(path))).toEqual(beside)
})

test('a command loads its own value, and wrong usage nothing else', () => {
  const loaded = loadedBy(['matching', 'show'])
  expect(loaded.length).toBeLessThanOrEqual(10)
  expect(loaded.filter((path) => !/^src\/(?:tool|base\/values)\//.test(path))).toEqual(beside)
  expect(
    loaded.filter((path) => firstWords.some((word) => path === `src/tool/${word}.ts`)),
  ).toEqual(['src/tool/matching.ts'])
})

// What each of the two needs, and nothing of the pages, the protocol or the signing in.
test('a command that runs loads the rooms that it asks', async () => {
  const database = await freshDatabase()
  const keysDir = mkdtempSync(join(tmpdir(), 'accord-loads-'))
  await createMissingKeys(keysDir)
  const env = { DATABASE_URL: database.url, KEYS_DIR: keysDir }
  for (const words of [
    ['matching', 'show', 'AAAAA-AAAAA'],
    ['person', 'erase', 'con_00000000000000000000000001', '--through', '2025'],
  ]) {
    const loaded = loadedBy(words, env)
    expect(loaded).toContain(
      `src/consent/${words[0] === 'person' ? 'erasure' : 'matching'}/index.ts`,
    )
    const others = /^src\/(?:provider|pages|api|signin|webauthn|house|demonstration)\//
    expect(loaded.filter((path) => others.test(path))).toEqual([])
    expect(loaded.filter((path) => path.startsWith('src/tool/')).length).toBeLessThanOrEqual(10)
  }
  rmSync(keysDir, { recursive: true })
  await database.drop()
})

test('a word of every object is no command', async () => {
  for (const word of ['constructor', 'toString', '__proto__'])
    expect(await commandsOf(word)).toBeUndefined()
})

test('an order about a person loads no room that tells bodies', () => {
  const loaded = loadedFrom('src/tool/order-parts.ts')
  expect(loaded).toContain('src/ledger/chain/index.ts')
  expect(loaded.filter((path) => path.startsWith('src/consent/'))).toEqual([])
})
