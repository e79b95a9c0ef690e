import { fromBase64 } from '../values/base64.ts'
import { isIndex } from './merkle.ts'
import { NoteError } from './note-error.ts'

/** What a log says of itself: C2SP tlog-checkpoint. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer }

/** The text of a checkpoint's note; we write no extension lines. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** @throws NoteError where the text of a note is no checkpoint */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', digits = '', base64 = ''] = text.split('\n')
  const [size, root] = [sizeFrom(digits), fromBase64(base64)]
  if (origin === '' || size === undefined || root?.length !== 32)
    throw new NoteError('is no checkpoint of a log')
  return { origin, size, root }
}

/** A whole number as logs write it; undefined for anything else. */
export function sizeFrom(digits: string): number | undefined {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(digits) ? Number(digits) : Number.NaN
  return isIndex(size) ? size : undefined
}
