import { expect, test } from 'vitest'
import { skipped, tell } from '../drills/report.ts'
import { missingForServers, startEmptyServers, tag } from '../support/empty-servers.ts'
import { blocksOf } from './guide.ts'

// « From an empty server to production »: the blocks of the page are run as they stand, on empty servers with systemd. The suite goes as
// far as the tables; `npm run drill -- begin` to the end, and then an upgrade, a restore in earnest, and the
// audit export.

const isWhole = process.env['DRILL_WHOLE'] === 'yes'
const hosts = ['accord.exemple.test', 'temoin.exemple.test']
const begin = blocksOf('docs/operate/begin.en.md')
const further = ['upgrades', 'backup', 'audit'].flatMap((page) =>
  blocksOf(`docs/operate/${page}.en.md`),
)
// Beside the version that runs, the one that an upgrade brings: the same code.
const newer = `(cd /opt && cp -a --one-file-system accord-${tag} accord-vX.Y.Z
rmdir accord-vX.Y.Z/node_modules && ln -s ../accord-${tag}/node_modules accord-vX.Y.Z/node_modules)`
// Whether their processes take what was compiled, and how much of it they could change.
const compiled = `cd /opt/accord
TOLD=$(runuser -u accord -- env NODE_DEBUG_NATIVE=COMPILE_CACHE node --max-semi-space-size=16 --heap-growing-percent=80 --disable-sigusr1 --import ./src/guard.js \
  --eval "import('./src/base/settings/config.ts')" 2>&1)
echo taken $(echo "$TOLD" | grep -c 'ESM .*/config.ts was accepted') changed $(runuser -u accord -- find node_modules/.cache -writable | wc -l)`
const blocks = isWhole
  ? [...begin, ...further]
  : begin.filter(({ section }) => /^[0-3]\./.test(section))
const limitMs = 300_000

test('an empty server goes into production', { timeout: 3_600_000 }, async (context) => {
  const missing = missingForServers()
  if (missing !== undefined) {
    skipped(missing)
    return context.skip(missing)
  }
  const { servers, end } = await startEmptyServers(isWhole ? hosts : hosts.slice(0, 1))
  const said = new Map<string, string>()
  const [here, elsewhere] = servers
  const places = { here: [here], elsewhere: [elsewhere], both: servers }
  const began = performance.now()
  try {
    await here?.run(newer, limitMs)
    for (const block of blocks)
      for (const server of places[block.where]) {
        const start = performance.now()
        const text = (await server?.run(block.text, limitMs)) ?? ''
        said.set(block.section, `${said.get(block.section) ?? ''}${text}`)
        if (isWhole) tell({ section: block.section, seconds: secondsSince(start) })
      }
    expect(said.get('3. Environment, keys, tables')).toMatch(/^\d+ migrations applied$/m)
    expect(await here?.run(compiled, limitMs)).toMatch(/^taken 1 changed 0$/m)
    if (isWhole) requireProduction(said)
    tell({ sections: said.size, seconds: secondsSince(began) })
  } finally {
    await end()
  }
})

function requireProduction(said: ReadonlyMap<string, string>): void {
  const of = (title: string) => [...said].find(([section]) => section.includes(title))?.[1] ?? ''
  expect(of('first service')).toContain('Premier service')
  expect(of('first service')).toMatch(/^— temoin\.exemple\.test /m)
  expect(of('an alarm that rings')).toContain('"AccordWitnessSilent"')
  for (const title of ['A restore', 'In earnest', 'The steps', 'Start it'])
    expect(of(title), title).toMatch(/^It holds\.$/m)
  expect(of('exercise of a month')).toContain('the keys are those of today')
  // The old key of the cookies is gone, and the new one is the only one.
  expect(
    of('A key that changes')
      .match(/^cookie .*$/gm)
      ?.at(-1),
  ).toMatch(/ first$/)
  expect(of('A key that changes')).toContain('is retired')
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10
}
