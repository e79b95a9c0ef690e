import { argv } from 'node:process'
import { uuidText } from '../../../src/base/values/ids.ts'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { fedEnd } from '../../../src/ledger/chain/index.ts'
import { openFeed } from '../../../src/ledger/heads/feed.ts'
import { feedFromFolder } from '../../../src/ledger/heads/feed-source.ts'
import { syntheticEnd } from './synthetic-ends.ts'

// A process that starts and reads the feed of heads: how long it takes, how much memory it needs, and how long a look-up takes.

const [folder = '', key = '', count = '0', seed = ''] = argv.slice(2)
const people = Number(count)
const most = 200_000

const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
const before = process.memoryUsage.rss()
const [began, cpu] = [performance.now(), process.cpuUsage()]
const feed = openFeed(feedFromFolder(folder), makeFeedKeys([Buffer.from(key, 'hex')]))
await feed.catchUp()
const startMs = Math.round(performance.now() - began)
const { user, system } = process.cpuUsage(cpu)
const startCpuMs = Math.round((user + system) / 1000)
const memoryMiB = mebibytes(process.memoryUsage.rss() - before)

const asked = Array.from({ length: Math.min(people, most) }, (_, n) => {
  const { id, nextSeq } = syntheticEnd(seed, Math.floor((n * people) / Math.min(people, most)))
  return { id: uuidText(id), nextSeq }
})
const asking = performance.now()
const right = asked.filter(({ id, nextSeq }) => fedEnd(feed.map, id)?.nextSeq === nextSeq).length
const lookUpUs = Number((((performance.now() - asking) * 1000) / asked.length).toFixed(2))
const found = { people: feed.map.people(), epoch: feed.place()?.epoch, right, asked: asked.length }
process.stdout.write(`${JSON.stringify({ ...found, startMs, startCpuMs, memoryMiB, lookUpUs })}\n`)
