import { startEmbedded } from '../../../src/base/postgres/embedded-server.ts'

// A process for embedded.test.ts: it starts PostgreSQL, says where, and waits to be killed.
const { url } = await startEmbedded({ dataDir: process.argv[2] ?? '' })
process.stdout.write(`${url}\n`)
setInterval(() => {}, 60_000)
