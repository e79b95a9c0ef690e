import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileProblem, RegisterFiles } from '../objects/file-names.ts'
import { fileOf } from '../objects/file-names.ts'
import { captionsFault } from './captions.ts'
import { openMediaFile } from './media-files.ts'
import type { MediaFile, TextMedium } from './text-media.ts'
import { captionsType, mediaIn, mediaName, textMedia } from './text-media.ts'
import { hasSameContent } from '../changes/same-content.ts'
import type { RegisterObject } from '../changes/store.ts'

/**
 * The same files, with what is wrong with the films and recordings that their new texts name: a text is applied with its files or not at
 * all. @param dir the folder of these files; undefined: this machine has none
 */
export async function withMediaProblems(
  files: RegisterFiles,
  stored: readonly RegisterObject[],
  dir: string | undefined,
): Promise<RegisterFiles> {
  // The last version of each stands last.
  const current = new Map(stored.map((object) => [fileOf(object), object]))
  const problems: FileProblem[] = []
  for (const object of files.objects) {
    const before = current.get(fileOf(object))
    if (before !== undefined && hasSameContent(object, before)) continue
    for (const medium of mediaOf(object)) {
      const path = ['media', medium.kind]
      const file = fileOf(object)
      const line = files.lineOf?.(file, path)
      const faults = await faultsOf(medium, dir)
      problems.push(
        ...faults.map((fault) => ({ file, line, message: `media.${medium.kind}: ${fault}` })),
      )
    }
  }
  return { ...files, problems: [...files.problems, ...problems] }
}

/** The films and recordings that an object names. What its schema refuses is named elsewhere. */
function mediaOf({ kind, content }: Pick<RegisterObject, 'kind' | 'content'>): TextMedium[] {
  if (kind !== 'text') return []
  const read = textMedia.optional().safeParse(content['media'])
  return read.success ? mediaIn(read.data) : []
}

async function faultsOf(
  { file, captions, transcript }: TextMedium,
  dir: string | undefined,
): Promise<string[]> {
  if (dir === undefined)
    return [`${mediaName(file)} cannot be looked for: REGISTER_MEDIA_DIR is not set`]
  return [
    ...(await fileFaults(dir, file)),
    ...(captions === undefined
      ? []
      : await fileFaults(dir, captions, (bytes) => captionsFault(bytes, transcript))),
  ]
}

async function fileFaults(
  dir: string,
  file: MediaFile,
  faultIn: (bytes: Buffer) => string | undefined = () => undefined,
): Promise<string[]> {
  const name = mediaName(file)
  const found = await openMediaFile(dir, file)
  if (typeof found === 'string') return [`${join(dir, name)}: ${found}`]
  try {
    const fault = file.type === captionsType ? faultIn(await readAll(found.handle)) : undefined
    return fault === undefined ? [] : [`${name} ${fault}`]
  } finally {
    await found.handle.close()
  }
}

// Captions alone are read whole: they are short.
async function readAll(handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false }))
    chunks.push(chunk as Buffer) // without an encoding the stream gives buffers
  return Buffer.concat(chunks)
}
