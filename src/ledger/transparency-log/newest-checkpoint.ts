import type { Database } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newestNote, notesOfSize } from './store.ts'

// A signed tree of the log in one line: its origin, its size, its root. Whoever names it knew it, so what names it is no older.

/** The newest tree that was signed; '' where none was. */
export async function newestTree(db: Database): Promise<string> {
  const note = await newestNote(readingSession(db))
  return note === undefined ? '' : lineOf(note)
}

/** Whether this line names no tree that we have not signed. '' names none: a page that was shown before the first one is still true. */
export async function isSignedTree(db: Database, line: string): Promise<boolean> {
  if (line === '') return true
  const [, size] = /^\S+ ([1-9]\d{0,14}) \S+$/.exec(line) ?? []
  if (size === undefined) return false
  const notes = await notesOfSize(readingSession(db), Number(size))
  return notes.some((note) => lineOf(note) === line)
}

function lineOf(note: string): string {
  return note.split('\n', 3).join(' ')
}
