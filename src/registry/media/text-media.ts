import { z } from 'zod'
import type { Language } from '../../base/values/languages.ts'
import { shortProse } from '../objects/file-fields.ts'

// Films in a sign language and sound recordings of a text. The register names the files by their hash, so they are signed and logged with the
// words. The files themselves stand in a folder (src/registry/media/media-files.ts).

const mib = 1024 * 1024
const most = { film: 64 * mib, sound: 16 * mib, captions: mib / 4, transcript: 1500 }

/** What a browser plays without more, and the end of the name of such a file. */
const films = { 'video/mp4': 'mp4', 'video/webm': 'webm' } as const
const sounds = { 'audio/mp4': 'm4a', 'audio/mpeg': 'mp3', 'audio/ogg': 'ogg' } as const
export const captionsType = 'text/vtt'
const endings: Readonly<Record<MediaType, string>> = { ...films, ...sounds, [captionsType]: 'vtt' }
export type MediaType = keyof typeof films | keyof typeof sounds | typeof captionsType

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const bytes = (largest: number) => z.int().min(1).max(largest).describe('How long the file is.')
const transcript = shortProse(most.transcript).describe(
  'All that is said, in the language of the page: people read it, and it is all that is shown where the file is not.',
)
const film = z.strictObject({
  type: z.enum(Object.keys(films) as (keyof typeof films)[]), // its own keys
  sha256,
  bytes: bytes(most.film),
  captions: z
    .strictObject({ sha256, bytes: bytes(most.captions) })
    .describe('A file of WebVTT with the words of the transcript.'),
  transcript,
})
const sound = z.strictObject({
  type: z.enum(Object.keys(sounds) as (keyof typeof sounds)[]), // its own keys
  sha256,
  bytes: bytes(most.sound),
  transcript,
})

/** The page in a language offers those of that language. */
export const mediumLanguage = { lsq: 'fr', asl: 'en', audio_fr: 'fr', audio_en: 'en' } as const
export type MediaKind = keyof typeof mediumLanguage
export const mediaKinds = Object.keys(mediumLanguage) as readonly MediaKind[] // its own keys

export const textMedia = z
  .strictObject({
    lsq: film.describe('In Langue des signes québécoise, for the page in French.').optional(),
    asl: film.describe('In American Sign Language, for the page in English.').optional(),
    audio_fr: sound.describe('Read aloud in French.').optional(),
    audio_en: sound.describe('Read aloud in English.').optional(),
  })
  .refine((media) => Object.keys(media).length > 0, 'must have one of its members, or not be there')
  .refine(({ lsq, asl }) => asl === undefined || lsq !== undefined, 'has asl without lsq')
  .refine(
    ({ audio_fr: fr, audio_en: en }) => en === undefined || fr !== undefined,
    'has audio_en without audio_fr',
  )
  .describe('Films in a sign language, and recordings: each file by its hash, with what it says.')

export type MediaFile = {
  readonly type: MediaType
  readonly sha256: string
  readonly bytes: number
}
export type TextMedia = z.infer<typeof textMedia>
/** One film or recording of a text. */
export type TextMedium = {
  readonly kind: MediaKind
  readonly file: MediaFile
  /** Of a film alone. */
  readonly captions: MediaFile | undefined
  readonly transcript: string
}

/** In the order in which pages show them. @param language undefined: in both */
export function mediaIn(media: TextMedia | undefined, language?: Language): TextMedium[] {
  return mediaKinds
    .filter((kind) => language === undefined || mediumLanguage[kind] === language)
    .flatMap((kind) => {
      const found = media?.[kind]
      if (found === undefined) return []
      const { type, sha256: hash, bytes: length, transcript: said } = found
      const captions =
        'captions' in found ? ({ type: captionsType, ...found.captions } as const) : undefined
      return [{ kind, file: { type, sha256: hash, bytes: length }, captions, transcript: said }]
    })
}

/** Every file that a text names. */
export function mediaFiles(media: TextMedia | undefined): MediaFile[] {
  return mediaIn(media).flatMap(({ file, captions }) => [file, ...(captions ? [captions] : [])])
}

/** Where films and recordings are for browsers. */
export const mediaFolder = '/register/media'

export function mediaPath(file: MediaFile): string {
  return `${mediaFolder}/${mediaName(file)}`
}

/** `<sha256>.mp4`: its name in the folder, and the end of its address. */
export function mediaName({ sha256: hash, type }: Pick<MediaFile, 'sha256' | 'type'>): string {
  return `${hash}.${endings[type]}`
}
