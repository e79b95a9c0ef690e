import type { Language } from '../../base/values/languages.ts'
import type { ConsentText, MediaShelf, TextMedium } from '../../registry/index.ts'
import { mediaIn, mediaPath } from '../../registry/index.ts'
import type { PlayedMedium, SaidInMedium } from './pages/pages.ts'

// Films and recordings of a question. What is said in them is part of what is hashed; whether this process has the files is not.

const fingerprintLength = 16

export function saidInMedia({ media }: ConsentText, language: Language): SaidInMedium[] {
  return mediaIn(media, language).map((medium) => ({
    isFilm: isFilm(medium),
    transcript: medium.transcript.split('\n').filter((line) => line.trim() !== ''),
    fingerprint: medium.file.sha256.slice(0, fingerprintLength),
  }))
}

/** Those whose files are all here as the register names them. */
export async function playedMedia(
  shelf: MediaShelf,
  { media }: ConsentText,
  language: Language,
): Promise<PlayedMedium[]> {
  const played: PlayedMedium[] = []
  for (const medium of mediaIn(media, language)) {
    const { file, captions } = medium
    if (!(await shelf.has([file, ...(captions ? [captions] : [])]))) continue
    const captionsSrc = captions && mediaPath(captions)
    played.push({ isFilm: isFilm(medium), src: mediaPath(file), type: file.type, captionsSrc })
  }
  return played
}

function isFilm({ captions }: TextMedium): boolean {
  return captions !== undefined
}
