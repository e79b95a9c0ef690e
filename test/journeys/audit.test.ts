import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Audited, Auditor } from '../support/audit.ts'
import { openAuditor } from '../support/audit.ts'
import { shareAsNewcomer } from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'

// What Lighthouse says of ten pages, as a person has them: in the suite of one that has a script. `npm run audit` looks at all ten, measures
// speed too, and writes docs/audit.md. Axe says of every page what Lighthouse says of its accessibility (every-page.test.ts), and each journey
// looks for errors and violations of the policy.

const record = new URL('../../docs/audit.md', import.meta.url)
const isRecording = process.env['AUDIT'] === 'record'
const limitMs = 180_000
const inSuite = ['/acces/cles/ajout']
/** Of a page, before fonts. */
const mostBytes = 60_000

type Page = Audited & { readonly path: string }

const stage = openStage()
let auditor: Auditor
beforeAll(async () => {
  auditor = await openAuditor([
    'accessibility',
    'best-practices',
    ...(isRecording ? (['performance'] as const) : []),
  ])
})
afterAll(() => auditor.close())

test(
  'a page passes Lighthouse’s checks of accessibility and best practices, and is light',
  {
    timeout: limitMs,
  },
  async () => {
    const visitor = await stage.visitor()
    const consent = isRecording ? await shareAsNewcomer(visitor, stage.demo.studentAid) : ''
    if (!isRecording) await visitor.moveIn()
    const paths = {
      '/': '/',
      '/aide': '/aide',
      '/mes-partages': '/mes-partages',
      '/mes-partages/…': `/mes-partages/${consent}`,
      '/acces': '/acces',
      '/acces/cles/ajout': '/acces/cles/ajout',
      '/register': '/register',
      '/organismes/…': '/organismes/org_aide-etudes',
      '/register/open-data': '/register/open-data',
      '/transparence': '/transparence',
    }
    const pages: Page[] = []
    for (const [path, url] of Object.entries(paths)) {
      if (!isRecording && !inSuite.includes(path)) continue
      const audited = await auditor.audit(stage.demo.issuer + url, await cookiesOf(visitor))
      pages.push({ path, ...audited })
    }
    expect(pages).toHaveLength(isRecording ? Object.keys(paths).length : inSuite.length)
    if (isRecording) writeFileSync(record, documentOf(pages))
    for (const { path, faults, scores, bytes } of pages) {
      const { performance: _speed, ...held } = scores
      expect({ path, held, faults: isRecording ? [] : faults }).toEqual({
        path,
        held: { accessibility: 1, 'best-practices': 1 },
        faults: [],
      })
      expect(bytes, path).toBeLessThan(mostBytes)
    }
  },
)

async function cookiesOf({ context }: Visitor): Promise<string> {
  const cookies = await context.cookies(stage.demo.issuer)
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

function documentOf(pages: readonly Page[]): string {
  const rows = pages.map(({ path, scores, largestPaintMs, bytes }) => {
    const { performance, accessibility, 'best-practices': practices } = scores
    const cells = [path, accessibility, practices, performance, Math.round(largestPaintMs), bytes]
    return `| ${cells.join(' | ')} |`
  })
  return `# What Lighthouse says

Written by \`npm run audit\`, ${new Date().toISOString().slice(0, 10)}: ten pages of the demonstration as a person has them, 1 is best. A telephone with a slow network is
simulated; bytes are what came over the network, before fonts. That command holds the first two columns at 1 and the last under ${mostBytes}, the suite those of one page.

| page | accessibility | best practices | performance | largest paint, ms | bytes |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
