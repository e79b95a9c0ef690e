import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pictures } from '../../../src/registry/objects/text-blocks.ts'
import { threadStates } from '../../../src/base/web/thread.ts'
import { makeViews } from '../../../src/base/web/views.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { sampleFrame, viewsFolder } from '../../support/pages.ts'

// The list of components: what it names has a style and stands on a page.

const root = new URL('../../../', import.meta.url).pathname

function textOf(folder: string, ending: string): string {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(`${root}${folder}/${file}`, 'utf8'))
    .join('\n')
}

const listed = readFileSync(`${root}docs/design/components.md`, 'utf8')
const named = [...listed.matchAll(/`((?:\.[a-z-]+)+)`/g)].flatMap(([, classes = '']) =>
  classes.split('.').filter((name) => name !== ''),
)
const styles = textOf('public/css', '.css')
const views = textOf('views', '.eta')

test.each([...new Set(named)])('.%s has a style and is on a page', (name) => {
  expect(styles).toMatch(new RegExp(`\\.${name}(?![a-z-])`))
  // Whole, or put together from what happened: `class="head <%= … %>"`.
  expect(views).toMatch(new RegExp(`(?:class="|[ '\`])${name}[ '"\`<]`))
})

test('the list names the components', () => {
  expect(new Set(named).size).toBeGreaterThan(30)
})

test('each picture that a plain line may have is drawn, for light and dark', () => {
  for (const name of pictures) {
    const drawing = readFileSync(`${root}public/icons/${name}.svg`, 'utf8')
    expect(drawing, name).toContain('prefers-color-scheme: dark')
  }
  expect(pictures).toHaveLength(24)
})

test.each(threadStates)(
  'a thread that is %s has a drawing for light and dark, and words beside it',
  (state) => {
    const drawing = readFileSync(`${root}public/icons/thread-${state}.svg`, 'utf8')
    expect(drawing).toContain('prefers-color-scheme: dark')
    const views = makeViews(makeWords(), viewsFolder)
    const frame = sampleFrame('fr', 'my-sharing/sharing')
    const thread = (words: unknown) =>
      views.fragment('partials/thread', { thread: { state, words } }, frame)
    expect(thread('Vous l’avez autorisé')).toMatch(
      new RegExp(`/icons/thread-${state}\\.svg" alt=""[^>]*><span>Vous l’avez autorisé</span>`),
    )
    expect(() => thread(undefined)).toThrow(TypeError)
    expect(() => thread('')).toThrow('words')
  },
)
