import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import lighthouse from 'lighthouse'
import { launchBrowser } from './chromium.ts'

// Runs Lighthouse in a Chromium of its own, on a page as the owner of these cookies sees it.

export type Category = 'accessibility' | 'best-practices' | 'performance'

export type Audited = {
  /** 0 to 1, of each category that was asked for. */
  readonly scores: Readonly<Partial<Record<Category, number>>>
  /** The audits that cost points, in Lighthouse's words. */
  readonly faults: readonly string[]
  /** The Largest Contentful Paint, on a telephone with a slow network as Lighthouse simulates it. */
  readonly largestPaintMs: number
  /** The bytes that came over the network, without fonts. */
  readonly bytes: number
}

export type Auditor = {
  audit(url: string, cookie: string): Promise<Audited>
  close(): Promise<void>
}

// Our pages are complete when they are loaded: where speed is not measured, four seconds of waiting find nothing more. A slow network
// stays simulated, because Lighthouse waits longer for a real one.
const atOnce = {
  pauseAfterFcpMs: 0,
  pauseAfterLoadMs: 0,
  networkQuietThresholdMs: 100,
  cpuQuietThresholdMs: 0,
} as const

export async function openAuditor(categories: readonly Category[]): Promise<Auditor> {
  const port = await freePort()
  const browser = await launchBrowser([`--remote-debugging-port=${port}`])
  return {
    async audit(url, cookie) {
      const result = await lighthouse(url, {
        port,
        logLevel: 'silent',
        onlyCategories: [...categories],
        onlyAudits: ['network-requests'], // besides
        extraHeaders: { Cookie: cookie },
        // Our pages must not be indexed, so this audit does not apply.
        skipAudits: ['is-crawlable'],
        disableFullPageScreenshot: true,
        ...(categories.includes('performance') ? {} : atOnce),
      })
      if (result === undefined) throw new Error(`no audit of ${url}`)
      const { audits, categories: found, runtimeError, finalDisplayedUrl } = result.lhr
      if (runtimeError !== undefined) throw new Error(`${url}: ${runtimeError.message}`)
      if (finalDisplayedUrl !== url) throw new Error(`${url} led to ${finalDisplayedUrl}`)
      const scores = Object.entries(found).map(([id, { score }]) => [id, score ?? 0])
      const weighed = Object.values(found).flatMap(({ auditRefs }) =>
        auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => id),
      )
      return {
        scores: Object.fromEntries(scores) as Audited['scores'], // one for each category asked for
        faults: weighed.flatMap((id) => {
          const { score = 1, title = '' } = audits[id] ?? {}
          return score === null || score === 1 ? [] : [`${id}: ${title}`]
        }),
        largestPaintMs: audits['largest-contentful-paint']?.numericValue ?? 0,
        bytes: bytesOf(audits['network-requests']?.details),
      }
    },
    close: () => browser.close(),
  }
}

type Sent = { readonly resourceType?: string; readonly transferSize?: number }

function bytesOf(details: unknown): number {
  const { items } = details as { readonly items: readonly Sent[] } // as the audit is documented
  return items
    .filter(({ resourceType }) => resourceType !== 'Font')
    .reduce((sum, { transferSize = 0 }) => sum + transferSize, 0)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // Always so for a TCP server.
  server.close()
  await once(server, 'close')
  return port
}
