import { expect, test } from 'vitest'
import type { SourceFile } from './files.ts'
import { houseFiles, measuresOf } from './measures.ts'

const files = houseFiles()

test.each(measuresOf(files))('$name: $is, at most $goal', ({ is, goal, found }) => {
  expect(is, found.join('\n')).toBeLessThanOrEqual(goal)
})

test('each figure is found where it is missed', () => {
  const grown = measuresOf([
    file('docs/integrate.en.md', 'word '.repeat(5001)),
    ...files,
    ...Array.from({ length: 41 }, (_, n) => file(`src/base/values/value-${n}.ts`)),
    ...Array.from({ length: 9 }, (_, n) => file(`src/straight-${n}.ts`)),
    ...Array.from({ length: 9 }, (_, n) => file(`folder-${n}/one.ts`)),
    ...Array.from({ length: 9 }, (_, n) => file(`migrations/9${n}00_room.sql`)),
    ...namesEverything(),
    file('src/tool/other-help.ts', "const help = 'accord matching lift'"),
    file(
      'src/house/forgets.ts',
      ['consent/claims', 'webauthn', 'provider']
        .map((room, n) => `import { forgetSome${n} } from '../${room}/index.ts'`)
        .join('\n'),
    ),
    file(
      'migrations/functions/things.sql',
      "create or replace function tell() returns text language sql as $$ select 'consent-revoked' $$;\n".concat(
        'create or replace trigger things_signals after insert on things execute function tell();\n',
      ),
    ),
    file('test/support/statement-counts.ts', 'export const statementsOfStop = 13'),
    file('src/base/values/elsewhere.ts', 'export type OtherContext = {}'),
    file('src/base/values/asks.ts', "export const h = language === 'fr' ? 'h2' : 'h3'"),
    file('src/base/values/up.ts', "import { a } from '../../ledger/chain/book.ts'"),
    file('src/base/values/shelf.ts', "import { a } from '../web/page.ts'"),
    file('src/provider/clients/part.ts', "import { a } from '../visits/interactions.ts'"),
    file('src/provider/clients/other.ts', "import { a } from '../devices/device-flow.ts'"),
    file('src/provider/clients/third.ts', "import { a } from '../logout/session-management.ts'"),
  ])
  const held = grown.filter(({ is, goal }) => is <= goal).map(({ name }) => name)
  expect(held).toEqual([])
})

test('a list by hand beside the code counts as the code does, and what a comment of SQL names does not', () => {
  const [{ text } = file('')] = namesEverything()
  const [byHand, inComments] = ['test/support/held-lists.ts', 'migrations/functions/things.sql']
  const comment = text.replaceAll(/^/gm, '-- ')
  const found = measuresOf([...files, file(byHand, text), file(inComments, comment)]).find(
    ({ name }) => name.endsWith('columns of passkeys'),
  )?.found
  expect(found).toContain(byHand)
  expect(found).not.toContain(inComments)
})

/** Files that name every column of every table. */
function namesEverything(): SourceFile[] {
  const all = files.find(({ path }) => path === 'migrations/schema.sql')?.text ?? ''
  return Array.from({ length: 9 }, (_, n) => file(`src/house/all-${n}.ts`, all))
}

function file(path: string, text = ''): SourceFile {
  return { path, text }
}
