import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../migrations')

export type FunctionsFile = {
  readonly room: string
  readonly text: string
  readonly sha256: Buffer
}

/** The names of this version's migrations, in their order. */
export function migrationNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql') && name !== 'schema.sql')
    .toSorted()
}

export function readMigration(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

/** The migration that code must know to go on beside this one: what the line `-- bears: NAME` says. */
export function bearsIn(text: string): string | undefined {
  return /^-- bears: (\S+)$/m.exec(text)?.[1]
}

/** The files of `functions/`, one for each room, in the order in which they are applied. */
export function readFunctions(): FunctionsFile[] {
  const rooms = readFileSync(join(folder, 'functions/order.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const unlisted = readdirSync(join(folder, 'functions'))
    .filter((name) => name.endsWith('.sql'))
    .filter((name) => !rooms.includes(name.replace('.sql', '')))
  if (unlisted.length > 0) throw new Error(`not in functions/order.txt: ${unlisted.join(', ')}`)
  return rooms.map((room) => {
    const text = readFileSync(join(folder, 'functions', `${room}.sql`), 'utf8')
    return { room, text, sha256: createHash('sha256').update(text).digest() }
  })
}
