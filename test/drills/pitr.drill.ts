import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from '../support/fault-process.ts'
import { quickFolder } from '../support/own-server.ts'
import { copyOf, countsOf, lostIn, nothing, requireWhole, seed, tell } from './report.ts'
import { withScene } from './scene.ts'
import type { Server } from './servers.ts'
import { backUp, makeServer } from './servers.ts'

// A base backup and the archive of the write-ahead log: the database is restored to a moment, and to the last instant. What was
// acknowledged until then is there.

const betweenMs = 2000

test(`restored to a moment, and to the end, seed ${seed}`, { timeout: 900_000 }, async () => {
  const kept = mkdtempSync(join(quickFolder(), 'accord-kept-'))
  const [archive, base] = [join(kept, 'archive'), join(kept, 'base')]
  for (const folder of [archive, base]) mkdirSync(folder)
  const settings = {
    archive_mode: 'on',
    archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
    archive_timeout: '5',
  }
  const restored: Server[] = []
  const restore = async (more: Readonly<Record<string, string>>) => {
    const server = await makeServer({ name: 'restored', files: base })
    restored.push(server)
    writeFileSync(join(server.folder, 'pg/recovery.signal'), '')
    const how = { restore_command: `cp ${archive}/%f %p`, recovery_target_action: 'promote' }
    await server.start({ ...how, ...more })
    await until('it takes writes', async () => {
      const [row] = await server.ask('select pg_is_in_recovery() as is_in_recovery')
      return row?.['is_in_recovery'] === false
    })
    return server
  }
  try {
    await withScene({ name: 'pitr', settings }, async ({ server, ground, lives }) => {
      await backUp(server, base)
      await lives.goOn()
      const before = copyOf(lives.told())
      const [row] = await server.ask('select now()::text as at')
      const moment = String(row?.['at'])
      await setTimeout(betweenMs)
      const soon = copyOf(lives.told())
      await lives.goOn()
      await archived(server, archive)
      await lives.goOn()
      // The machine is lost; of its disk only the write-ahead log is left, with what was not archived yet.
      server.signal('SIGKILL', 'all')
      await server.gone()
      const atMoment = await restore({ recovery_target_time: moment })
      const lost = await lostIn(atMoment, before)
      const later = lives.told().stops.filter((id) => !soon.stops.includes(id))
      const laterLost = (await lostIn(atMoment, { ...soon, stops: later })).stops
      const figures = { restoredTo: 'a moment', acknowledgedBefore: countsOf(before) }
      tell({ ...figures, lost: countsOf(lost), later: later.length, laterLost: laterLost.length })
      expect(lost).toEqual(nothing)
      // It is that moment, and no later one.
      expect(later.length).toBeGreaterThan(0)
      expect(laterLost).toEqual(later)

      for (const name of readdirSync(join(server.folder, 'pg/pg_wal')))
        if (/^[0-9A-F]{24}$/.test(name))
          cpSync(join(server.folder, 'pg/pg_wal', name), join(archive, name))
      const atEnd = await restore({})
      for (const house of ground.houses) await ground.close(house)
      ground.moveTo(atEnd.url)
      for (const kind of ['serve', 'work'] as const) await ground.open(kind)
      const livedOnAfterMs = await lives.goOn()
      const atLast = { restoredTo: 'the last instant', livedOnAfterMs }
      await requireWhole(ground, atEnd, await lives.end(), atLast)
    })
  } finally {
    for (const server of restored) await server.remove()
    rmSync(kept, { recursive: true, force: true })
  }
})

/** What was written until now is in the archive. */
async function archived({ ask }: Server, archive: string): Promise<void> {
  const [row] = await ask('select pg_walfile_name(pg_switch_wal()) as name')
  const file = join(archive, String(row?.['name']))
  await until('the write-ahead log is archived', () => existsSync(file))
}
