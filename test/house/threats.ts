// What the threat model claims, held against the tests that it names. Pure but for the reading of files.

const cells = 5
const cannot = 2

/**
 * What is wrong in a page of threats: a row of a table that names no test for what it says cannot be done, or a note whose test is gone.
 * @param textOf the text of a file of the repository; undefined where there is none
 */
export function faultsOfThreats(
  page: string,
  textOf: (path: string) => string | undefined,
): string[] {
  const rows = rowsOf(page)
  const notes = [...page.matchAll(/^\[\^([a-z-]+)\]: `([^`]+)` — (.+)$/gm)].map(
    ([, name = '', path = '', title = '']) => ({ name, path, title }),
  )
  const names = notes.map(({ name }) => name)
  const used = [...rows.join('\n').matchAll(/\[\^([a-z-]+)\]/g)].map(([, name = '']) => name)
  return [
    ...rows.flatMap(rowFaults),
    ...[...new Set(used)]
      .filter((name) => !names.includes(name))
      .map((name) => `no test is noted as ${name}`),
    ...names.filter((name) => !used.includes(name)).map((name) => `no row uses ${name}`),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `${name} is noted twice`),
    ...notes.flatMap(({ path, title }) => {
      const text = textOf(path)
      if (text === undefined) return [`there is no ${path}`]
      return namesTest(text, title) ? [] : [`no test « ${title} » in ${path}`]
    }),
  ]
}

const attacks = /^## The attacks, each with its test$([\s\S]*?)^## /m

/** The attacks of the proof that name no test, or one that is gone. */
export function faultsOfAttacks(
  proof: string,
  textOf: (path: string) => string | undefined,
): string[] {
  const [, section = ''] = attacks.exec(proof) ?? []
  const rows = rowsOf(section)
  if (rows.length === 0) return ['the proof has no table of attacks']
  return rows.flatMap((row) => {
    const [, path, title = ''] = /`([^`]+\.ts)` — (.+) \|$/.exec(row) ?? []
    const text = path === undefined ? undefined : textOf(path)
    return text !== undefined && namesTest(text, title) ? [] : [`no test of « ${row} »`]
  })
}

/** The rows of the tables, without their heads. */
function rowsOf(page: string): string[] {
  const lines = page.split('\n')
  return lines.filter((line, at) => line.startsWith('| ') && !lines[at + 1]?.startsWith('|---'))
}

function rowFaults(row: string): string[] {
  const parts = row.split(' | ')
  const [who = ''] = parts
  const name = `« ${who.replace(/^\| /, '')} »`
  if (parts.length !== cells) return [`${name} has ${parts.length} cells`]
  return parts[cannot]?.includes('[^') ? [] : [`${name} names no test for what it cannot do`]
}

// As a whole string: the title of a test, or the name of a row of a table of tests.
function namesTest(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`))
}
