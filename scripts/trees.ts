import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../test/support/chromium.ts'
import { renderSamples, serveSamples, writePage } from '../test/support/sample-site.ts'

// What a screen reader is told of each page, as text that people review: role, name, level, state. `npm run trees` writes the files;
// test/journeys/every-page.test.ts compares.

const folder = new URL('../test/journeys/trees/', import.meta.url)
const longestName = 160

// As the protocol says of these properties.
type Value = { readonly value?: string | number | boolean }
type Node = {
  readonly nodeId: string
  readonly ignored: boolean
  readonly role?: Value
  readonly name?: Value
  readonly childIds?: readonly string[]
  readonly properties?: readonly { readonly name: string; readonly value: Value }[]
}

/** What one reads, goes to, or acts on: plain text is reviewed in the catalogues of words. */
const roles: Readonly<Record<string, string>> = {
  alert: 'alert',
  button: 'button',
  checkbox: 'checkbox',
  columnheader: 'column',
  combobox: 'choice',
  Date: 'field',
  DisclosureTriangle: 'fold',
  form: 'form',
  group: 'group',
  heading: 'heading',
  image: 'picture',
  img: 'picture',
  link: 'link',
  navigation: 'navigation',
  radio: 'radio',
  region: 'region',
  rowheader: 'row',
  search: 'search',
  searchbox: 'search field',
  status: 'status',
  table: 'table',
  textbox: 'field',
}
const unnamed = ['alert', 'form', 'group', 'picture', 'region', 'status']
const states = ['level', 'checked', 'expanded', 'required', 'invalid', 'disabled']
const sessions = new WeakMap<Page, Promise<CDPSession>>()

/** The tree of the page that is open, a line for each thing in its main part. */
async function treeOf(page: Page): Promise<readonly string[]> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, session)
  const { nodes } = (await (await session).send('Accessibility.getFullAXTree')) as {
    nodes: readonly Node[]
  }
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const main = nodes.find(({ role }) => role?.value === 'main')
  return main === undefined ? [] : linesUnder(main, byId)
}

function linesUnder({ childIds = [] }: Node, byId: ReadonlyMap<string, Node>): string[] {
  return childIds.flatMap((id) => {
    const node = byId.get(id)
    return node === undefined ? [] : [...lineOf(node), ...linesUnder(node, byId)]
  })
}

function lineOf({ ignored, role, name, properties = [] }: Node): string[] {
  const said = roles[String(role?.value)]
  if (ignored || said === undefined) return []
  const named = String(name?.value ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  // What groups without a name is told to nobody, and an alert has its words alone.
  if (named === '' && unnamed.includes(said)) return []
  const has = states.flatMap((state) => {
    const value = properties.find((property) => property.name === state)?.value.value
    if (value === undefined || value === false || value === 'false') return []
    return state === 'level' ? [String(value)] : [state]
  })
  const [level] = said === 'heading' ? has : []
  const more = has.filter((state) => state !== level)
  return [[said, level, `« ${named.slice(0, longestName)} »`, ...more].filter(Boolean).join(' ')]
}

/** What is told otherwise than it was reviewed; nothing where this is not the first sample of its page. */
export async function treeFaults(
  page: Page,
  name: string,
  pages: ReadonlyMap<string, string>,
): Promise<string[]> {
  const { template, sample, language } = partsOf(name)
  if (firstSample(template, pages) !== sample) return []
  const [was, is] = [reviewedTree(template, language), await treeOf(page)]
  const at = is.findIndex((line, i) => line !== was[i])
  if (at < 0 && was.length === is.length) return []
  return [`${name} is told otherwise than reviewed (npm run trees): ${is[at] ?? was.at(is.length)}`]
}

/** `asking.ask.plain.fr` */
function partsOf(name: string) {
  const [room = '', page = '', sample = '', language = ''] = name.split('.')
  return { template: `${room}.${page}`, sample, language }
}

const firsts = new WeakMap<ReadonlyMap<string, string>, ReadonlyMap<string, string>>()

function firstSample(template: string, pages: ReadonlyMap<string, string>): string | undefined {
  const known = firsts.get(pages) ?? firstSamples(pages)
  firsts.set(pages, known)
  return known.get(template)
}

/** Of each page the sample that stands first. */
function firstSamples(pages: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const name of pages.keys()) {
    const { template, sample } = partsOf(name)
    if (!found.has(template)) found.set(template, sample)
  }
  return found
}

/** The lines as they were reviewed; none where nobody reviewed this page. */
function reviewedTree(template: string, language: string): readonly string[] {
  const file = new URL(`${template}.txt`, folder)
  if (!existsSync(file)) return []
  const part = readFileSync(file, 'utf8').split(/^# (?:fr|en)\n/m)[language === 'fr' ? 1 : 2]
  return part === undefined ? [] : part.trim().split('\n')
}

async function writeTrees(): Promise<void> {
  const pages = await renderSamples()
  const site = await serveSamples((path) => pages.get(path))
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const [first = ''] = pages.keys()
    await page.goto(`${site.origin}/${first}`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const [template, sample] of firstSamples(pages)) {
      const parts: string[] = []
      for (const language of ['fr', 'en']) {
        await writePage(page, pages.get(`${template}.${sample}.${language}`) ?? '')
        parts.push(`# ${language}\n${(await treeOf(page)).join('\n')}\n`)
      }
      writeFileSync(new URL(`${template}.txt`, folder), parts.join('\n'))
    }
    console.log(`${firstSamples(pages).size} pages in test/journeys/trees/`)
  } finally {
    await browser.close()
    site.close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeTrees()
