import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../base/logging/log.ts'
import type { MediaFile } from './text-media.ts'
import { mediaName } from './text-media.ts'

// The folder of the films and recordings that texts name: `<sha256>.<ending>`. A file is believed by its bytes alone.

export type MediaFault = 'it is not there' | 'it is longer or shorter' | 'its bytes are others'

/**
 * Opens the file and reads all of it. @returns the open file, which the caller closes, or what is wrong with it
 * @param isKnown whether these very bytes were read before: then they are not read again
 */
export async function openMediaFile(
  dir: string,
  file: MediaFile,
  isKnown: (identity: string) => boolean = () => false,
): Promise<{ readonly handle: FileHandle; readonly identity: string } | MediaFault> {
  const handle = await open(join(dir, mediaName(file))).catch(asMissing)
  if (handle === undefined) return 'it is not there'
  const fault = await faultOf(handle, file, isKnown).catch(async (error: unknown) => {
    await handle.close()
    throw error
  })
  if (typeof fault === 'object') return { handle, ...fault }
  await handle.close()
  return fault
}

async function faultOf(
  handle: FileHandle,
  { sha256, bytes }: MediaFile,
  isKnown: (identity: string) => boolean,
): Promise<{ readonly identity: string } | MediaFault> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true })
  if (size !== BigInt(bytes)) return 'it is longer or shorter'
  // Nobody can write a file and keep the instant of its last change (`ctime`).
  const identity = [dev, ino, mtimeNs, ctimeNs].join(' ')
  if (isKnown(identity)) return { identity }
  const hash = createHash('sha256')
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false }))
    hash.update(chunk as Buffer) // without an encoding the stream gives buffers
  return hash.digest('hex') === sha256 ? { identity } : 'its bytes are others'
}

const away = ['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR', 'ELOOP']

function asMissing(error: NodeJS.ErrnoException): undefined {
  if (!away.includes(error.code ?? '')) throw error
}

/** What one process plays. */
export type MediaShelf = {
  /** Whether each of these files is here as the register names it; the log says once which is not. */
  has(files: readonly MediaFile[]): Promise<boolean>
  /** The open file, which the caller closes; undefined: it is not here as the register names it. */
  open(file: MediaFile): Promise<FileHandle | undefined>
}

/** @param dir undefined: this process has no such folder, and pages show what is said in a film, without the film */
export function openMediaShelf(dir: string | undefined, log: Log): MediaShelf {
  // As many entries as the register names files.
  const read = new Map<string, string>()
  const told = new Map<string, string>()

  function tell(name: string, why: string): undefined {
    if (told.get(name) === why) return
    told.set(name, why)
    log.warn({ why: `${name}: ${why}` }, 'a film or a recording of a text is not shown')
  }

  async function openOne(file: MediaFile): Promise<FileHandle | undefined> {
    const name = mediaName(file)
    if (dir === undefined) return tell(name, 'REGISTER_MEDIA_DIR is not set')
    const found = await openMediaFile(dir, file, (identity) => read.get(name) === identity)
    if (typeof found === 'string') return tell(name, found)
    read.set(name, found.identity)
    told.delete(name)
    return found.handle
  }

  return {
    open: openOne,
    async has(files) {
      for (const file of files) {
        const handle = await openOne(file)
        if (handle === undefined) return false
        await handle.close()
      }
      return true
    },
  }
}
