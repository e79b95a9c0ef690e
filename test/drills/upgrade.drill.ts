import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Ground, Place, Ran } from './ground.ts'
import type { OlderVersion } from './older-version.ts'
import { olderVersion } from './older-version.ts'
import type { Figures } from './report.ts'
import { requireWhole, seed, skipped } from './report.ts'
import type { Scene } from './scene.ts'
import { housesOf, withScene } from './scene.ts'

// The older version serves and works under load while this one's migrations are applied, and its processes are replaced one after the
// other. With DRILL_BACK they are put back afterwards, as where the new version does not do.

const isThereAndBack = process.env['DRILL_BACK'] !== undefined
const what = isThereAndBack ? 'a rollback' : 'an upgrade'
const here = { tree: join(import.meta.dirname, '../..') }
const sealing = ['seals', 'first', '--operator', 'drill', '--reason']

test(`${what}, seed ${seed}`, { timeout: 1_200_000 }, async () => {
  const older = await olderVersion()
  if (older === undefined) return skipped('no tag (--from names a commit)')
  try {
    await withScene({ name: 'upgrade', tree: older.tree }, (scene) => change(scene, older))
  } finally {
    older.remove()
  }
})

async function change({ server, ground, lives }: Scene, older: OlderVersion): Promise<void> {
  const there = { tree: older.tree }
  const early = await startOf(ground, here)
  const migrated = await ground.migrate(here)
  expect(migrated).toMatchObject({ code: 0 })
  // Where rows are older than the seals of their table. Else nothing is sealed, and it says so.
  const sealed = await ground.accord([...sealing, 'upgrade'], here)
  await lives.goOn()
  // A process of the old version that starts again just now.
  const late = await startOf(ground, there)
  await replaceAll(ground, here)
  const upgraded: Figures = {
    from: older.commit.slice(0, 8),
    newBeforeMigrate: early,
    migrate: lastLine(migrated),
    sealed: sealed.code === 0,
    oldAfterMigrate: late,
    livedOnAfterMs: await lives.goOn(),
  }
  const figures = isThereAndBack
    ? { ...upgraded, back: await goBack(ground, there, late), wentOnAfterMs: await lives.goOn() }
    : upgraded
  const lostOnTheWay = ground.front.lost()
  await requireWhole(ground, server, await lives.end(), { ...figures, lostOnTheWay })
  expect(lostOnTheWay).toBe(0)
  // A start is in order in two ways: it works, or it says in a sentence why it does not.
  expect(early).toMatch(/^(starts$|The database (lacks|runs other code) .*npm run migrate)/)
  expect(late).toMatch(/^(starts$|The database was brought to a later version)/)
}

/** @returns `starts`, or what it says instead */
async function startOf(ground: Ground, place: Place): Promise<string> {
  const house = await ground.tryToOpen('serve', place)
  if (!ground.houses.has(house)) return house.complaint().trim()
  await ground.close(house)
  return 'starts'
}

async function replaceAll(ground: Ground, place: Place): Promise<void> {
  for (const house of [...housesOf(ground, 'serve'), ...housesOf(ground, 'work')]) {
    await ground.close(house)
    await ground.open(house.kind, place)
  }
}

async function goBack(ground: Ground, place: Place, start: string): Promise<string> {
  if (start !== 'starts') return `not possible: ${start}`
  await replaceAll(ground, place)
  return 'done'
}

function lastLine({ output }: Ran): string {
  return output.trim().split('\n').at(-1) ?? ''
}
