import { startOwnServer } from './own-server.ts'

// A process for own-server.test.ts: it starts a server, says where, and waits to be killed.
const { dataDir } = await startOwnServer('owned')
process.stdout.write(`${dataDir}\n`)
setInterval(() => {}, 60_000)
