import { execFile } from 'node:child_process'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

// A file system of a few megabytes in memory, that a drill fills. Mounting one takes root.

export type SmallDisk = {
  /** Fills it to the last byte. */
  fill(): void
  /** Takes the filling away again. */
  free(): void
  remove(): Promise<void>
}

const run = promisify(execFile)
const piece = Buffer.alloc(65_536)
const byte = Buffer.alloc(1)

/** @returns undefined where this is not allowed */
export async function mountSmallDisk(
  folder: string,
  megabytes: number,
): Promise<SmallDisk | undefined> {
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder]
  const isMounted = await run('mount', options).then(
    () => true,
    () => false,
  )
  if (!isMounted) return undefined
  const filling = join(folder, 'filling')
  return {
    fill() {
      writeFileSync(filling, '')
      for (const part of [piece, byte]) while (hasRoomFor(filling, part)) continue
    },
    free: () => rmSync(filling, { force: true }),
    async remove() {
      await run('umount', ['-l', folder])
    },
  }
}

function hasRoomFor(file: string, part: Buffer): boolean {
  try {
    appendFileSync(file, part)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
