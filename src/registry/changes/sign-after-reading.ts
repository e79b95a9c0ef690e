import { chmod, readFile, realpath, stat } from 'node:fs/promises'
import type { SigningTerminal } from '../../base/ports/signing-terminal.ts'
import { OperatorError, UnreadError } from '../../base/values/operator-error.ts'
import { writeWhole } from '../../base/settings/atomic-file.ts'

// A signature is made by somebody who has read what it is over: the hash stands below the text, and is typed.

/** So many characters of a hash are typed at a terminal, below the text that was made here. */
const typed = 6

/** How somebody says that the text was read. */
/** What somebody signs, and the key. */
export type SigningRequest = {
  readonly file: string
  /** The file of the key. */
  readonly key: string
  /** The whole hash of what was read, where there is no terminal. */
  readonly yes?: string
}

type ReadBefore = {
  /** The whole hash. Its first characters alone would fit a second text, which somebody looked for. */
  readonly yes: string | undefined
  readonly terminal: SigningTerminal | undefined
}

/**
 * Shows a text, and goes on once its hash was typed. @returns the lines that are still to be printed
 * @throws OperatorError where it was not: nothing is signed
 */
export async function requireReading(
  lines: readonly string[],
  hash: string,
  { yes, terminal }: ReadBefore,
): Promise<readonly string[]> {
  if (yes !== undefined) {
    if (yes === hash) return lines
    throw new OperatorError(`Nothing is signed: --yes names another hash than ${hash}.`, { lines })
  }
  if (terminal === undefined)
    throw new UnreadError(
      `Nothing is signed: read the text above, then say --yes ${hash}, or sign at a terminal.`,
      { lines },
    )
  const question = `Type the first ${typed} characters of the hash to sign this: `
  const answer = await terminal.ask(lines, question)
  if (answer?.trim().toLowerCase() === hash.slice(0, typed)) return []
  throw new OperatorError('Nothing is signed: these are not the first characters of the hash.')
}

/**
 * Puts a signature into a file that was read before. The file is written whole or not at all.
 * @param before the bytes that were read @throws OperatorError where they are not those of the file any more
 */
export async function keepSigned(path: string, before: Buffer, text: string): Promise<void> {
  try {
    const file = await realpath(path)
    if (!(await readFile(file)).equals(before))
      throw new OperatorError(`Nothing is signed: ${path} was changed meanwhile. Sign it again.`)
    const mode = (await stat(file)).mode & 0o777
    await writeWhole(file, text, { mode })
    await chmod(file, mode) // whatever the umask
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`${path} cannot be written: nothing is signed.`, { cause })
  }
}
