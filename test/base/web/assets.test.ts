import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { assetRoutes } from '../../../src/base/web/assets.ts'

test.each([
  { path: '/css/components.css', encoding: 'gzip, br', isZipped: true },
  { path: '/js/passkey.js', encoding: 'gzip', isZipped: true },
  { path: '/css/components.css', encoding: 'identity', isZipped: false },
  { path: '/css/components.css', encoding: 'gzip;q=0', isZipped: false },
  { path: '/icons/mark.svg', encoding: 'gzip', isZipped: false },
])(
  '$path to who takes $encoding has the bytes of its file',
  async ({ path, encoding, isZipped }) => {
    const server = new Koa().use(assetRoutes().serve).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // Always so for a TCP server.
    try {
      const file = readFileSync(new URL(`../../../public${path}`, import.meta.url))
      for (const _ of ['first', 'again']) {
        const request = get({ port, path, headers: { 'Accept-Encoding': encoding } })
        const [answer] = (await once(request, 'response')) as [IncomingMessage]
        const bytes = await buffer(answer)
        expect(answer.headers['content-encoding']).toBe(isZipped ? 'gzip' : undefined)
        expect(answer.headers['content-type']).toMatch(
          /^(text\/css|application\/javascript|text\/javascript|image\/svg)/,
        )
        expect(Number(answer.headers['content-length'])).toBe(bytes.length)
        expect(isZipped ? gunzipSync(bytes) : bytes).toEqual(file)
        if (isZipped) expect(bytes.length).toBeLessThan(file.length / 2)
      }
    } finally {
      server.close()
    }
  },
)
