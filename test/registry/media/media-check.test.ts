import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { registerCommand } from '../../support/commands.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import { captionsOf, keepFile, keepFilm } from '../../support/media.ts'
import { housePatience } from '../../support/patience.ts'
import { given } from '../../support/seals.ts'
import { unservable } from '../../support/unservable.ts'
import { another, everything, resultsIn, writeFiles } from '../whole-register.ts'

// A text is applied with the films that it names, or not at all; and an export has them.

const said = 'Essai org_taker demande un renseignement à Essai. Vous pouvez dire non, et arrêter.'

let fresh: FreshDatabase
let db: Database
let base: string
beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})
beforeEach(() => {
  base = newFolder()
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** @param media the folder of the films; undefined: there is none */
async function say(media: string | undefined, ...words: string[]): Promise<string[]> {
  const how = { ...given, mediaDir: media && join(base, media) }
  return (await registerCommand(db, words, new Date(), unservable, how)) ?? ['wrong usage']
}

function writeText(media: object): string {
  const dir = join(base, 'files')
  writeFiles(dir, [...everything.filter(({ kind }) => kind !== 'text'), another('text', { media })])
  return dir
}

const head = 'The register cannot be applied; nothing was:\n  - texts/txt_aid.yaml:1: media.lsq: '

test('a text is refused where a file of its film is missing, is another, or is said by nobody', async () => {
  const { film, captions, member } = keepFilm(join(base, 'here'), said)
  const dir = writeText({ lsq: member })
  const refused = async (media: string | undefined, why: string) => {
    for (const deed of ['plan', 'apply'])
      await expect(say(media, deed, dir)).rejects.toThrow(`${head}${why}`)
  }
  await refused(undefined, `${film.name} cannot be looked for: REGISTER_MEDIA_DIR is not set`)
  await refused('elsewhere', `${join(base, 'elsewhere', film.name)}: it is not there`)
  writeFileSync(film.path, film.content.toReversed())
  await refused('here', `${film.path}: its bytes are others`)
  writeFileSync(film.path, 'short')
  await refused('here', `${film.path}: it is longer or shorter`)
  writeFileSync(film.path, film.content)
  rmSync(captions.path)
  await refused('here', `${captions.path}: it is not there`)
  const other = keepFile(join(base, 'here'), captionsOf('Dites oui.'), 'vtt')
  writeText({ lsq: { ...member, captions: other.named } })
  await refused('here', `${other.name} has other words than the transcript`)
})

test('it is applied with its film, and an export has both: applied elsewhere, there is nothing to apply', async () => {
  const { film, captions, member } = keepFilm(join(base, 'here'), said)
  const dir = writeText({ lsq: member })
  expect(resultsIn(await say('here', 'apply', dir))).toContain('applied txt_aid')
  // What is applied already is not looked for again.
  expect(await say(undefined, 'apply', dir)).toEqual(['nothing to apply'])
  const out = join(base, 'out')
  expect(await say('here', 'export', out)).toEqual([
    `wrote ${everything.length + 2} files into ${out}`,
  ])
  for (const { name, content } of [film, captions])
    expect(readFileSync(join(out, 'media', name))).toEqual(content)
  expect(await say('out/media', 'plan', out)).toEqual(['nothing to apply'])

  rmSync(captions.path)
  const part = join(base, 'part')
  expect(await say('here', 'export', part)).toEqual([
    `wrote ${everything.length + 1} files into ${part}`,
    `not exported: ${captions.name}: it is not there`,
  ])
})
