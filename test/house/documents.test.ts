import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SourceFile } from './files.ts'
import {
  anchorsIn,
  brokenLinks,
  citedElsewhere,
  commentsOf,
  declares,
  lostPaths,
  unplacedInvariants,
} from './links.ts'
import { pathsNamedIn } from './rules.ts'
import { eventKinds } from '../../src/ledger/chain/event.ts'
import { mapOf, readSource, withMap } from '../../scripts/map.ts'

const root = join(import.meta.dirname, '../..')
const folders = ['src', 'demo', 'migrations', 'test', 'bench', 'views', 'docs', 'deploy']
const tree = [...folders.flatMap(readFolder), ...documentsAtTheRoot()]
// These two files show links that lead nowhere, as examples.
const written = tree.filter(
  ({ path }) => !/^test\/house\/(?:documents\.test|links)\.ts$/.test(path),
)

test('every link of a document or comment leads to a file, a heading or a symbol', () => {
  expect(brokenLinks(written)).toEqual([])
})

// A decision and an entry of the changelog speak of their day.
test('every path between backticks exists', () => {
  const documents = written.filter(
    ({ path }) => path.endsWith('.md') && !/^docs\/decisions\/|^CHANGELOG/.test(path),
  )
  const missing = documents.flatMap(({ path, text }) =>
    pathsNamedIn(text)
      .filter((named) => !named.includes('/NNNN') && !fs.existsSync(join(root, named)))
      .map((named) => `${path}: ${named}`),
  )
  expect(missing).toEqual([])
})

function isWrittenByCode(path: string): boolean {
  return /^docs\/operate\/metrics(\.en)?\.md$/.test(path)
}

describe('the domain names what the code has', () => {
  const text = fs.readFileSync(join(root, 'docs/design/domain.md'), 'utf8')

  test('each kind of event', () => {
    expect(eventKinds.filter((kind) => !namedIn(sectionOf(text, 'Events')).includes(kind))).toEqual(
      [],
    )
  })

  test('each reason to deny', () => {
    const reasons = fs.readFileSync(join(root, 'src/consent/decisions/reasons.ts'), 'utf8')
    const [, list = ''] = /toOperators[^{]*\{([^]*?)\n\}/.exec(reasons) ?? []
    const codes = [...list.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code = '']) => code)
    expect(codes.length).toBeGreaterThan(15)
    expect(codes.filter((code) => !namedIn(sectionOf(text, 'Reasons')).includes(code))).toEqual([])
  })

  test('each file that lists them is named where it is told how to add one', () => {
    const reasons = fs.readFileSync(join(root, 'src/consent/decisions/reasons.ts'), 'utf8')
    const [, list = ''] = /toOperators[^{]*\{([^]*?)\n\}/.exec(reasons) ?? []
    const codes = [...list.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code = '']) => code)
    const guide = fs.readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
    const [walk = ''] = /^\*\*A reason to deny\*\*.*$/m.exec(guide) ?? []
    const listing = tree
      .filter(
        ({ path, text: says }) =>
          !isWrittenByCode(path) && codes.every((one) => says.includes(one)),
      )
      .map(({ path }) => path)
    expect(listing).toContain('src/base/logging/metric-labels.ts')
    expect(listing.filter((path) => !walk.includes(`\`${path}\``))).toEqual([])
  })

  test('each move of a consent, with its event', () => {
    const moves = eventKinds.filter((kind) => /^consent\.(?!presented)/.test(kind))
    expect(moves.filter((kind) => !namedIn(sectionOf(text, 'States')).includes(kind))).toEqual([])
  })

  test('abbreviated names in a document are read completely', () => {
    const found = namedIn(sectionOf('## A\n`x.one`, `.two`\n## B\n`x.three`', 'A'))
    expect(found).toEqual(['x.one', 'x.two'])
  })
})

describe('the index of decisions', () => {
  const folder = join(root, 'docs/decisions')
  const index = fs.readFileSync(join(folder, 'README.md'), 'utf8')
  const names = fs.readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name))
  const rows = names.map((name) => rowOf(name, fs.readFileSync(join(folder, name), 'utf8')))

  test('lists each decision with its title and state, in order, and no other', () => {
    expect(names.length).toBeGreaterThan(50)
    expect(index.match(/^\| \[.*$/gm)).toEqual(rows.toSorted())
  })

  test('a number without a file says where its decision went, and every number is there once', () => {
    const listed = [...index.matchAll(/^\| \[?(\d{4})\b.*$/gm)].map(([row, number = '']) => ({
      row,
      number,
    }))
    const numbers = listed.map(({ number }) => number)
    expect(numbers).toEqual([...new Set(numbers)].toSorted())
    const withFile = new Set(names.map((name) => name.slice(0, 4)))
    const gone = listed.filter(({ number }) => !withFile.has(number))
    expect(gone.length).toBeGreaterThan(15)
    const went = /^\| \d{4} \| .+ \| \[[^\]]+\]\(\.\.\/(?:design|operate)\/[\w.-]+\.md#[\w-]+\) \|$/
    expect(gone.filter(({ row }) => !went.test(row))).toEqual([])
  })

  test('a decision that is named anywhere exists', () => {
    const numbers = new Set(names.map((name) => name.slice(0, 4)))
    const named = written.flatMap(({ path, text }) =>
      [...text.matchAll(/\bdecisions? (\d{4})\b/g)].map(([, number = '']) => ({ path, number })),
    )
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter(({ number }) => !numbers.has(number))).toEqual([])
  })

  test('a row agrees with its file', () => {
    const text = '# 0001 One thing\n\n**Replaced by** decision 0002.\n'
    expect(rowOf('0001-one.md', text)).toBe(
      '| [0001](0001-one.md) | One thing | replaced by 0002 |',
    )
    expect(rowOf('0003-a.md', '# 0003 A\n')).toBe('| [0003](0003-a.md) | A | in force |')
    expect(() => rowOf('0003-a.md', '# 3. A\n')).toThrow('its title')
  })
})

test.each([
  ['ARCHITECTURE.md', 200],
  ...fs
    .readdirSync(join(root, 'docs/lives'))
    .map((name): [string, number] => [`docs/lives/${name}`, 60]),
])('%s has at most %i lines', (path, most) => {
  expect(
    fs.readFileSync(join(root, path), 'utf8').trimEnd().split('\n').length,
  ).toBeLessThanOrEqual(most)
})

test('the picture of the wings agrees with the imports: npm run map', () => {
  const document = fs.readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  expect(document).toBe(withMap(document, mapOf(readSource())))
})

test('a picture has an arrow for each import that follows from no other', () => {
  const drawn = mapOf([
    file(
      'src/api/me/api.ts',
      "import { a } from '../../consent/record/index.ts'\nimport type { C } from '../../base/web/c.ts'",
    ),
    file('src/consent/record/a.ts', "const b = await import('../../base/web/b.ts')"),
    file('src/base/web/b.ts', "import { c } from './c.ts'"),
  ])
  expect(drawn.match(/\w+ --> \w+/g)).toEqual(['api --> consent', 'consent --> base'])
  expect(() => withMap('# Without marks', drawn)).toThrow('npm run map')
})

const isProse = ({ path }: SourceFile) => /\.(?:[jt]s|md|eta|sql)$/.test(path)
const domain = anchorsIn(fs.readFileSync(join(root, 'docs/design/domain.md'), 'utf8'))

test('no comment or document cites a note that is not in the repository', () => {
  expect(citedElsewhere(written.filter(isProse))).toEqual([])
})

test('a file that a comment names is there', () => {
  expect(lostPaths(written)).toEqual([])
  const comment = file(
    'src/consent/record/life.ts',
    '// As in foundation/dpop.ts, not record/life.ts.',
  )
  expect(lostPaths([comment]).map(({ says }) => says)).toEqual(['there is no foundation/dpop.ts'])
})

test('no file has conflict markers', () => {
  const marks = /^(?:<{7}|={7}|>{7})(?: |$)/m
  expect(tree.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([])
})

test('a document names an invariant with a link to it', () => {
  expect(unplacedInvariants(written, domain)).toEqual([])
})

test('the invariants of the domain are those of CONTRIBUTING.md, with their tests', () => {
  const contributing = fs.readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const listed = [...contributing.matchAll(/^\| (I\d+) \|/gm)].map(([, id = '']) =>
    id.toLowerCase(),
  )
  expect(listed.length).toBeGreaterThan(20)
  const defined = [...domain].filter((id) => /^i\d+$/.test(id))
  expect(listed.toSorted()).toEqual(defined.toSorted())
})

describe('a planted link is found', () => {
  const code = file('src/consent/record/revocation.ts', 'export function revoke(): void {}')
  const page = file('docs/design/domain.md', '# The domain\n## Time\n<a id="i4"></a>I4')

  test.each([
    ['a file that is not there', 'See [the code](../src/gone.ts).', 'there is no src/gone.ts'],
    ['a heading that is not there', 'See [it](design/domain.md#times).', 'no such heading'],
    [
      'a symbol that is not there',
      'See `src/consent/record/revocation.ts#revokes`.',
      'nothing is declared',
    ],
    ['a symbol of a folder', 'See `src/consent/record#gone`.', 'nothing is declared'],
  ])('%s', (_, text, says) => {
    const found = brokenLinks([file('docs/page.md', text), page, code])
    expect(found).toEqual([{ path: 'docs/page.md', says: expect.stringContaining(says) as string }])
  })

  test('in a comment too', () => {
    const comment = file('src/consent/record/stop.ts', '// docs/design/domain.md#i99 says why.')
    expect(brokenLinks([comment, page])).toHaveLength(1)
    const sentence = file(
      'src/main.ts',
      "throw new Error('Read docs/operate/incidents/gone.en.md.')",
    )
    expect(brokenLinks([sentence, page])).toHaveLength(1)
  })

  test('and a good link is not reported', () => {
    const good = file(
      'docs/page.md',
      '[a](design/domain.md#time) [b](https://example.org/x#y) `src/consent/record/revocation.ts#revoke` `src/consent/record#revoke`\n```\n[c](gone.md)\n```',
    )
    const comment = file('src/consent/record/stop.ts', '// docs/design/domain.md#i4 says why.')
    expect(brokenLinks([good, comment, page, code])).toEqual([])
  })
})

test.each([
  ['src/a.ts', '// A code alone never signs in (SECURITY 86).', 'cites SECURITY 86'],
  ['src/a.ts', '/** At most 20 (CONTRACT, limits). */', 'cites CONTRACT'],
  ['docs/a.md', 'As in ARCHITECTURE.md 4.', 'cites ARCHITECTURE.md 4'],
  ['migrations/a.sql', 'select 1; -- the lock (PERMIT 1)', 'cites PERMIT 1'],
])('a planted citation is found: %s: %s', (path, text, says) => {
  expect(citedElsewhere([file(path, text)])).toEqual([{ path, says }])
})

test('a standard, a document of the repository and a word of the code do not count as citations', () => {
  const text = "const usage = 'verify FILE [PROOF]' // SECURITY.md, RFC 6962 2.1"
  expect(citedElsewhere([file('src/a.ts', text)])).toEqual([])
})

test('a planted invariant without a place is found', () => {
  const planted = [
    file('src/a.ts', '// One record lives (I4).'),
    file('test/a.test.ts', "test('one lives (I99)', () => {})"),
  ]
  expect(unplacedInvariants(planted, domain).map(({ says }) => says)).toEqual([
    'I4 without a link',
    'no invariant I99',
  ])
  const good = [
    file('src/a.ts', '// One record lives (docs/design/domain.md#i4).'),
    file('test/a.test.ts', '// One lives (I4).'),
  ]
  expect(unplacedInvariants(good, domain)).toEqual([])
})

test('comments are read apart from strings', () => {
  expect(commentsOf("const a = 'http://x' // one\n/* two */ `// three`")).toBe('// one\n/* two */')
})

test('what a file declares: code and SQL', () => {
  expect(declares('export async function stop() {}', 'stop')).toBe(true)
  expect(declares('  create or replace function write_permits(', 'write_permits')).toBe(true)
  expect(declares('return write_permits()', 'write_permits')).toBe(false)
})

test('fragments are made as GitHub makes them', () => {
  const anchors = anchorsIn('# What must always hold\n## L’état\n## Time\n## Time')
  expect([...anchors]).toEqual(['what-must-always-hold', 'létat', 'time', 'time-1'])
})

function file(path: string, text: string): SourceFile {
  return { path, text }
}

function sectionOf(markdown: string, title: string): string {
  return markdown.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? ''
}

/** What stands between code marks; `.two` after `x.one` is x.two. */
function namedIn(section: string): string[] {
  let prefix = ''
  return [...section.matchAll(/`([\w.-]+)`/g)].map(([, name = '']) => {
    if (name.startsWith('.')) return prefix + name
    prefix = name.split('.', 1)[0] ?? ''
    return name
  })
}

// The first line after the title says whether it stands.
function rowOf(name: string, text: string): string {
  const [, number = '', title = ''] = /^# (\d{4}) (.+)\n/.exec(text) ?? []
  if (number !== name.slice(0, 4)) throw new Error(`${name}: its title is no number and words`)
  const [, part, by] = /^\*\*Replaced (in part\*\* by|by\*\*) decision (\d{4})/m.exec(text) ?? []
  const isWhole = part?.startsWith('by') === true
  const state =
    by === undefined
      ? 'in force'
      : isWhole
        ? `replaced by ${by}`
        : `in force; ${by} replaces a part`
  return `| [${number}](${name}) | ${title} | ${state} |`
}

function readFolder(folder: string): SourceFile[] {
  return fs
    .readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => fs.statSync(join(root, path)).isFile())
    .map(read)
}

function documentsAtTheRoot(): SourceFile[] {
  const names = fs
    .readdirSync(root)
    .filter((name) => /^(?:[A-Z].*|package)\.?(?:md|json)?$/.test(name))
  return names.filter((name) => fs.statSync(join(root, name)).isFile()).map(read)
}

// Of pictures and data it is enough that they are there.
function read(path: string): SourceFile {
  const isText = /\.(?:[jt]s|md|eta|sql)$/.test(path)
  return { path, text: isText ? fs.readFileSync(join(root, path), 'utf8') : '' }
}
