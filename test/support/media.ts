import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands in for a film: no code of ours looks into one. */
export function newFilm(length = 5000): Buffer {
  return Buffer.from(randomBytes(length).toString('hex').slice(0, length))
}

/** Captions of one cue. */
export function captionsOf(transcript: string): Buffer {
  return Buffer.from(`WEBVTT\n\n00:00.000 --> 00:04.000\n${transcript}\n`)
}

/** Puts a file into the folder, under its name. @returns what the register says of it */
export function keepFile(dir: string, content: Buffer, ending: string) {
  const sha256 = createHash('sha256').update(content).digest('hex')
  mkdirSync(dir, { recursive: true })
  const name = `${sha256}.${ending}`
  writeFileSync(join(dir, name), content)
  return { named: { sha256, bytes: content.length }, name, path: join(dir, name), content }
}

/** A film with its captions, in the folder. */
export function keepFilm(dir: string, transcript: string) {
  const film = keepFile(dir, newFilm(), 'mp4')
  const captions = keepFile(dir, captionsOf(transcript), 'vtt')
  const member = { type: 'video/mp4', ...film.named, captions: captions.named, transcript }
  return { film, captions, member }
}
