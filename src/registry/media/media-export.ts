import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openMediaFile } from './media-files.ts'
import { mediaFiles, mediaName, textMedia } from './text-media.ts'
import type { MediaFile } from './text-media.ts'
import type { RegisterObject } from '../changes/store.ts'

/** Where an export has the films and recordings: the folder that `REGISTER_MEDIA_DIR` may name elsewhere. */
const mediaSubfolder = 'media'

/**
 * Copies the films and recordings that these objects name into the folder of an export. @returns how many there are, and a line for each
 * that is not there
 */
export async function exportMedia(
  objects: readonly Pick<RegisterObject, 'kind' | 'content'>[],
  dir: string | undefined,
  out: string,
): Promise<{ readonly count: number; readonly missing: readonly string[] }> {
  const files = new Map(objects.flatMap(namedBy).map((file) => [mediaName(file), file]))
  const missing: string[] = []
  if (files.size > 0) await mkdir(join(out, mediaSubfolder))
  for (const [name, file] of files) {
    const fault = await copy(file, dir, join(out, mediaSubfolder, name))
    if (fault !== undefined) missing.push(`not exported: ${name}: ${fault}`)
  }
  return { count: files.size - missing.length, missing }
}

function namedBy({ kind, content }: Pick<RegisterObject, 'kind' | 'content'>): MediaFile[] {
  return kind === 'text' ? mediaFiles(textMedia.optional().parse(content['media'])) : []
}

async function copy(
  file: MediaFile,
  dir: string | undefined,
  to: string,
): Promise<string | undefined> {
  if (dir === undefined) return 'REGISTER_MEDIA_DIR is not set'
  const found = await openMediaFile(dir, file)
  if (typeof found === 'string') return found
  await found.handle.close()
  await copyFile(join(dir, mediaName(file)), to, constants.COPYFILE_EXCL)
  return undefined
}
