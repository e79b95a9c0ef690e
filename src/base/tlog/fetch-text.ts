import { open } from 'node:fs/promises'
import { attempt, recoverFrom } from '../values/expected-errors.ts'
import { NoteError } from './note-error.ts'
import { maxNoteBytes } from './note.ts'
import { OperatorError } from '../values/operator-error.ts'

// Reads what an operator's command needs from others, at an address or in a file, each up to a limit of bytes.

const fetchMs = 10_000

/** @throws OperatorError where nothing is there */
export async function fetchText(url: string): Promise<string> {
  const bytes = await fetchSome(url, maxNoteBytes * 2)
  if (bytes === undefined) throw new OperatorError(`${url} is not there.`)
  return bytes.toString()
}

/** @param ms the time that the whole answer may take @returns undefined: nothing is there. @throws OperatorError */
export async function fetchSome(
  url: string,
  most: number,
  ms = fetchMs,
): Promise<Buffer | undefined> {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ms) })
    if (answer.status === 404) {
      await answer.body?.cancel()
      return undefined
    }
    if (!answer.ok || answer.body === null) throw new TypeError(`status ${answer.status}`)
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of answer.body as AsyncIterable<Uint8Array>) {
      length += part.length
      if (length > most) throw new TypeError('too long')
      parts.push(part)
    }
    return Buffer.concat(parts)
  } catch (cause) {
    throw new OperatorError(`${url} does not answer as it should.`, { cause })
  }
}

/** @throws OperatorError */
export async function readText(path: string, most = maxNoteBytes * 2): Promise<string> {
  try {
    const file = await open(path)
    try {
      const bytes = Buffer.alloc(Math.min(most, (await file.stat()).size || most) + 1)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
      if (bytesRead === bytes.length) throw new TypeError('too long')
      return bytes.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new OperatorError(`${path} cannot be read.`, { cause })
  }
}

/** Turns the fault of a text that others gave into a sentence for the operator. @throws OperatorError */
export function readable<T>(where: string, read: () => T): T {
  return attempt(
    read,
    recoverFrom(NoteError, (cause) => {
      throw new OperatorError(`${where} ${cause.message}.`, { cause })
    }),
  )
}
