import { languagePrefixes, languages } from '../../base/values/languages.ts'
import { createHash } from 'node:crypto'
import type { PublishedVersion } from '../../registry/index.ts'
import type { Copy } from './register-cache.ts'
import type { ListName } from './lists.ts'
import { isOfCode, kindOf, listNames, pathOf } from './lists.ts'

// What programs follow: an Atom feed of the changes (RFC 4287), and the addresses of all pages (sitemaps.org 0.9).

const mostEntries = 100
const mostNamed = 50
// The most that a sitemap may list.
const mostAddresses = 50_000

/** The versions that came at one instant are one entry of the feed, whether or not a change was signed. */
export function changesFeed({ published, register }: Copy, issuer: string): string {
  const versions = listNames.flatMap((list) => versionsIn(list, published))
  const byTime = [...Map.groupBy(versions, ({ appliedAt }) => appliedAt.getTime())]
    .toSorted(([one], [other]) => other - one)
    .slice(0, mostEntries)
  const [newest] = byTime
  const entries = byTime.map(([time, of]) => {
    const change = of.map((version) => published.changeOf(version)).find((one) => one !== undefined)
    const own = of.filter(({ kind }) => kind !== 'change')
    const offices = change?.signers.map((ref) => register.signer(ref)?.office) ?? []
    const title =
      change === undefined
        ? `${own.length} inscriptions · ${own.length} objects`
        : `${change.reason.fr} · ${change.reason.en}`
    const link = change === undefined ? '/register' : pathOf('changes', change.id)
    return element('entry', [
      text('id', tagOf(issuer, change?.id ?? String(time))),
      text('title', title),
      text('updated', new Date(time).toISOString()),
      `<link rel="alternate" href="${escaped(issuer + link)}"/>`,
      ...offices.flatMap((office) =>
        office === undefined ? [] : [element('author', [text('name', office.fr)])],
      ),
      text(
        'summary',
        own
          .slice(0, mostNamed)
          .map(({ ref }) => ref)
          .join(', '),
      ),
    ])
  })
  return `<?xml version="1.0" encoding="utf-8"?>\n${element(
    'feed',
    [
      text('id', tagOf(issuer, 'register')),
      text('title', 'Registre public : ce qui a changé · Public register: what has changed'),
      text('updated', new Date(newest?.[0] ?? 0).toISOString()),
      element('author', [text('name', new URL(issuer).host)]),
      `<link rel="self" type="application/atom+xml" href="${escaped(issuer)}/register/changes.atom"/>`,
      `<link rel="alternate" type="text/html" href="${escaped(issuer)}/register"/>`,
      ...entries,
    ],
    ' xmlns="http://www.w3.org/2005/Atom"',
  )}\n`
}

function versionsIn(list: ListName, published: Copy['published']): PublishedVersion[] {
  return isOfCode(list) ? [] : published.objects(kindOf(list)).flatMap(({ versions }) => versions)
}

/** Every page of the register, in both languages. */
export function siteMap({ entries, published }: Copy, issuer: string): string {
  const lists = listNames.map((list) => `/register/${list}`)
  const bodies = published.objects('organisation').map(({ id }) => `/organismes/${id}`)
  const objects = entries.map(({ list, id }) => pathOf(list, id))
  const paths = ['/register', ...lists, ...bodies, ...objects].slice(0, mostAddresses)
  const urls = paths.map((path) =>
    element('url', [
      text('loc', issuer + path),
      ...languages.map(
        (language) =>
          `<xhtml:link rel="alternate" hreflang="${language}" href="${escaped(
            `${issuer}${languagePrefixes[language]}${path}`,
          )}"/>`,
      ),
    ]),
  )
  const spaces =
    ' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
  return `<?xml version="1.0" encoding="utf-8"?>\n${element('urlset', urls, spaces)}\n`
}

/** RFC 4151: the year is that of the first feed, and stays. */
function tagOf(issuer: string, what: string): string {
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 32)
  return `tag:${new URL(issuer).hostname},2026:register:${hash}`
}

function element(name: string, inside: readonly string[], attributes = ''): string {
  return `<${name}${attributes}>${inside.join('')}</${name}>`
}

function text(name: string, value: string): string {
  return element(name, [escaped(value)])
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escaped(value: string): string {
  // XML 1.0 has no control characters but tab and line ends.
  return value
    .replaceAll(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
}
