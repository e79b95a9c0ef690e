import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The order of the rooms is checked by the compiler alone, so the compiler is asked.

const root = join(import.meta.dirname, '../../..')

/** Three rooms: two asks the teller of one, and three stands after two for another reason. */
const rooms = `
import { inOrder, room } from '../../../src/base/web/room.ts'
type Teller = { tables(): readonly string[] }
type Counting = Teller & { readonly count: number }
const one = room({
  name: 'one',
  tells: { rows: 'rows_of_one', teller: (): Counting => ({ count: 1, tables: () => [] }) },
})
const two = room({
  name: 'two',
  tells: {
    rows: 'rows_of_two',
    teller: (_: { readonly personId: string }, of: { readonly one: Counting }): Teller => ({
      tables: () => ['x'.repeat(of.one.count)],
    }),
  },
})
const three = room({ name: 'three', after: ['two'] })
const silent = room({
  name: 'one',
  tells: { rows: 'rows_of_one', teller: (): Teller => ({ tables: () => [] }) },
})
`
const says = 'each room stands after those that it asks'

function refused(why: string): string {
  return `Argument of type '"${says}"' is not assignable to parameter of type '"${why}"'.`
}

/** What the compiler says of each list, none where it compiles. */
async function compile(lists: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(root, 'node_modules/.cache/rooms-'))
  const file = join(folder, 'list.ts')
  const calls = lists.map((list) => `inOrder('${says}', [${list}])`)
  writeFileSync(file, `${rooms}${calls.join('\n')}\n`)
  const config = join(folder, 'tsconfig.json')
  const options = {
    incremental: false,
    tsBuildInfoFile: null,
    noUnusedLocals: false,
    rootDir: root,
  }
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: options,
      include: [],
      files: [file],
    }),
  )
  try {
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = await promisify(execFile)(tsc, ['-p', config, '--checkers', '1'])
    return stdout
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a list in a wrong order does not compile, and the sentence says which room stands wrong', async () => {
  const said = await compile([
    'one, two, three',
    'two, one, three',
    'one, three, two',
    'one, two, one',
    'silent, two',
  ])
  const sentences = [...said.matchAll(/list\.ts.*error TS\d+: (.*)/g)].map(
    ([, sentence]) => sentence,
  )
  expect(sentences).toEqual([
    refused('two stands before one, which it asks'),
    refused('three stands before two, which it asks'),
    refused('one stands twice'),
    refused('two asks a teller before it for what that does not say'),
  ])
})
