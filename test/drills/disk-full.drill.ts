import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { test } from 'vitest'
import type { Ground } from './ground.ts'
import { requireWhole, seed, skipped } from './report.ts'
import { withScene } from './scene.ts'
import type { SmallDisk } from './small-disk.ts'
import { mountSmallDisk } from './small-disk.ts'

// The disk of the log's files is full, and then that of PostgreSQL, under load. Both heal by themselves once there is room, but for a
// PostgreSQL that has ended, which whoever watches it starts again.

const fullMs = 10_000
const [logMegabytes, serverMegabytes] = [16, 400]
const notAllowed = 'a small disk cannot be mounted here (that takes root)'
const timeout = 900_000

test(`the disk of the log's files is full, seed ${seed}`, { timeout }, async () => {
  let disk: SmallDisk | undefined
  const prepare = async ({ ground: { ledgerDir } }: { readonly ground: Ground }) => {
    mkdirSync(ledgerDir, { recursive: true })
    disk = await mountSmallDisk(ledgerDir, logMegabytes)
    return async () => disk?.remove()
  }
  await withScene({ name: 'full-log', prepare }, async ({ server, ground, lives }) => {
    if (disk === undefined) return skipped(notAllowed)
    disk.fill()
    await setTimeout(fullMs)
    const livedOnMs = await lives.goOn()
    disk.free()
    const figures = { full: 'LEDGER_DIR', forMs: fullMs, livedOnMs }
    await requireWhole(ground, server, await lives.end(), figures)
  })
})

test(`the disk of PostgreSQL is full, seed ${seed}`, { timeout }, async () => {
  const within = mkdtempSync(join(tmpdir(), 'accord-full-'))
  const disk = await mountSmallDisk(within, serverMegabytes)
  try {
    if (disk === undefined) return skipped(notAllowed)
    const settings = { max_wal_size: '64MB', min_wal_size: '32MB' }
    await withScene({ name: 'full', within, settings }, async ({ server, ground, lives }) => {
      disk.fill()
      await setTimeout(fullMs)
      disk.free()
      const hadEnded = !server.isRunning()
      if (hadEnded) await server.gone().then(() => server.start())
      const figures = {
        full: 'PostgreSQL',
        forMs: fullMs,
        hadEnded,
        livedOnAfterMs: await lives.goOn(),
      }
      await requireWhole(ground, server, await lives.end(), figures)
    })
  } finally {
    await disk?.remove()
    rmSync(within, { recursive: true, force: true })
  }
})
