// `npm run views`: a site of every page and component, to look at while writing one. Each request renders anew: an edit of a
// template or a style is there at the next reload; of a sample or a word after a restart.
import { readdirSync, readFileSync } from 'node:fs'
import { viewsFolder } from '../test/support/pages.ts'
import { renderSamples, serveSamples } from '../test/support/sample-site.ts'

const usualPort = 3100

const port = Number(process.argv[2] ?? usualPort)
if (!Number.isInteger(port) || port < 0 || port > 65_535 || process.argv.length > 3) {
  console.error(
    `npm run views -- [PORT]   every template, sample and language; ${usualPort} unless said otherwise`,
  )
  process.exit(2)
}
const { origin } = await serveSamples(async (path) => {
  const pages = await renderSamples()
  return path === '' ? indexOf([...pages.keys()]) : pages.get(path)
}, port)
console.log(`${origin}   every page and component; Ctrl+C ends`)

function indexOf(names: readonly string[]): string {
  const byTemplate = Map.groupBy(names, (name) => name.split('.').slice(0, 2).join('/'))
  const pages = [...byTemplate].map(
    ([template, of]) => `<dt id="${template}">${template}</dt><dd>${of.map(link).join(' · ')}</dd>`,
  )
  const components = readdirSync(`${viewsFolder}partials`).map((file) => {
    const partial = file.replace('.eta', '')
    const users = usersOf(partial, [...byTemplate.keys()])
    return `<dt>${partial}</dt><dd>${users.map((name) => `<a href="#${name}">${name}</a>`).join(' · ')}</dd>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Views</title>
    <link rel="stylesheet" href="/css/layout.css">
    <main class="column"><h1>Views</h1><h2>Pages</h2><dl>${pages.join('')}</dl><h2>Components, and the pages that hold them</h2><dl>${components.join('')}</dl></main></html>`
}

function link(name: string): string {
  return `<a href="/${name}">${name.split('.').slice(2).join(' ')}</a>`
}

// A component may be held by another one.
function usersOf(partial: string, pages: readonly string[], seen = new Set<string>()): string[] {
  if (seen.has(partial)) return []
  seen.add(partial)
  const holds = (template: string) =>
    readFileSync(`${viewsFolder}${template}.eta`, 'utf8').includes(`/partials/${partial}'`)
  const direct = pages.filter(holds)
  const through = readdirSync(`${viewsFolder}partials`)
    .map((file) => file.replace('.eta', ''))
    .filter((other) => holds(`partials/${other}`))
    .flatMap((other) => usersOf(other, pages, seen))
  return [...new Set([...direct, ...through])]
}
