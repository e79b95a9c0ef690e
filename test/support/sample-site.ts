import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { makeViews } from '../../src/base/web/views.ts'
import { makeWords } from '../../src/base/web/words.ts'
import { sampleFrame, samplePages, viewsFolder } from './pages.ts'

// Every template with every sample in both languages, as pages of a small site: no database, no house.

const publicFolder = new URL('../../public/', import.meta.url).pathname
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'"
const types: Readonly<Record<string, string>> = {
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

export type Site = { readonly origin: string; close(): void }

/** `consent.ask.usual.fr` → its HTML, of those whose name begins so. */
export async function renderSamples(wanted = ''): Promise<ReadonlyMap<string, string>> {
  const views = makeViews(makeWords(), viewsFolder)
  const pages = new Map<string, string>()
  for (const { template, sample, language, page } of await samplePages(views)) {
    const name = `${template.replace('/', '.')}.${sample}.${language}`
    if (name.startsWith(wanted)) {
      pages.set(name, views.render(template, page, sampleFrame(language, template, sample)))
    }
  }
  return pages
}

/** On loopback. @param pageOf the HTML at a path without its slash; undefined: there is none, perhaps a file of public/ */
export async function serveSamples(
  pageOf: (path: string) => string | undefined | Promise<string | undefined>,
  port = 0,
): Promise<Site> {
  const server = createServer((request, response) => {
    void answer(decodeURI(new URL(request.url ?? '/', 'http://localhost').pathname).slice(1))
    async function answer(path: string): Promise<void> {
      const html = await pageOf(path)
      response.setHeader('content-security-policy', policy)
      if (html !== undefined) {
        response.setHeader('content-type', 'text/html; charset=utf-8')
        response.end(html)
        return
      }
      // It would leave the page at once.
      if (path === 'js/return.js')
        return void response.setHeader('content-type', 'text/javascript').end()
      const type = types[path.split('.').at(-1) ?? '']
      if (type === undefined || path.includes('..')) response.writeHead(404).end()
      else response.setHeader('content-type', type).end(readFileSync(publicFolder + path))
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address() as AddressInfo // Always so for a TCP server.
  return { origin: `http://localhost:${at.port}`, close: () => server.close() }
}

let written = 0

/**
 * Puts another page in the place of the one that is open. The window stays, and what was loaded into it: that takes a tenth of
 * the work of a navigation. Parser, style sheets, scripts and policy are those of a page that is opened.
 */
export async function writePage(page: Page, html: string): Promise<void> {
  written += 1
  // A window runs a module once for each address.
  const fresh = html.replaceAll(/(<script type="module" src="[^"]+)"/g, `$1?${written}"`)
  await page.evaluate(`new Promise((resolve) => {
    document.open()
    document.write(${JSON.stringify(fresh)})
    addEventListener('load', () => resolve(true))
    document.close()
  })`)
}
