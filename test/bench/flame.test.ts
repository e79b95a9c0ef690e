import type { Profiler } from 'node:inspector'
import { expect, test } from 'vitest'
import { flame, framesOf, sharesOf } from '../../bench/flame.ts'

// Ours calls a package, which calls the platform: the platform's time is the package's, but for cryptography.
const profile: Profiler.Profile = {
  nodes: [
    node(1, '(root)', '', [2, 5, 6]),
    node(2, 'serve', 'file:///accord/src/base/web/foundation.ts', [3]),
    node(3, 'parse<T>', 'file:///accord/node_modules/@scope/name/index.js', [4, 7]),
    node(4, 'writev', 'node:internal/stream_base_commons'),
    node(5, '(idle)', ''),
    node(6, 'post', 'node:inspector'),
    node(7, 'sign', 'node:internal/crypto/sig'),
  ],
  startTime: 0,
  endTime: 1000,
  samples: [2, 3, 4, 5, 6, 7],
  timeDeltas: [10, 20, 30, 900, 800, 40],
}

test('the time of a call is that of the package that made it; waiting and the profiler are not in it', () => {
  const root = framesOf(profile)

  expect(root.whole).toBe(100)
  expect([...sharesOf(root)]).toEqual([
    ['@scope/name', 0.5],
    ['node crypto', 0.4],
    ['accord web', 0.1],
    ['', 0],
  ])
})

test('a picture of it says its names and shares, also to who does not see it', () => {
  const svg = flame('permit', framesOf(profile))

  expect(svg).toContain('<desc id="desc">@scope/name 50.0 %, node crypto 40.0 %')
  expect(svg).toContain('<title>@scope/name parse&lt;T> 90.0 %</title>')
  expect(svg).not.toContain('inspector')
})

function node(id: number, functionName: string, url: string, children: number[] = []) {
  const callFrame = { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 }
  return { id, callFrame, children }
}
