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

/** A film with its captions, in the folder. @param content by default bytes that no browser can play */
export function keepFilm(dir: string, transcript: string, content?: Buffer) {
  const ending = content === undefined ? 'mp4' : 'webm'
  const film = keepFile(dir, content ?? newFilm(), ending)
  const captions = keepFile(dir, captionsOf(transcript), 'vtt')
  const type = `video/${ending}`
  const member = { type, ...film.named, captions: captions.named, transcript }
  return { film, captions, member }
}

/** A film that plays: two colours in turn, 0.7 s, without sound (VP8 in WebM; Chromium recorded it). */
export const playedFilm = Buffer.from(
  [
    'GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQRChYECGFOAZwEAAAAAAAOPEU2bdLlNu4tTq4QVSalmU6yBbk27',
    'i1OrhBZUrmtTrIGTTbuLU6uEH0O2dVOsgdRNu4xTq4QcU7trU6yCA33srgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmoCrXsYMPQkBEiYRELu8rTYCGQ2hyb21lV0GGQ2hyb21lFlSua7yuuteBAXPF',
    'h/v8614IwHmDgQFV7oEBhoVWX1ZQOOCdsIFAuoEkU8CBAVWwkFWxgQFVuYECVbqBDVW7gQEfQ7Z1AQAAAAAAAp3ngQCg',
    '5aG2gQAAANACAJ0BKkAAJAAHBwiFhYiZhIglggJ08ma6NHm/FnfA/uwmWMJpJ0f/JT/7yv9d2zAAdaGqpqjugQGlo7AC',
    'AJ0BKkAAJAAKhwiFhYiZhIg4AgAGjk/Mx5vxWAD+664AoM2hrIEAYwBRAgAcETwAGAxRSyDblHAWO1X81gD+7ylH/43j',
    '/Jd/bvt3jffeNqgAdaGZppfugQGlktEBACoRwAAYABhYL/QACIwAAPuBAKDLoaqBAMcAEQIAHBD8ABgAGk/0DAAU+qqo',
    'gP7uCmdcXNkRR/+cS/+gX/gLzAB1oZmml+6BAaWS0QEAKhHAABgAGFgv9AAIjAAA+4FjoMuhqoEBKwARAgAcEOQAGAAa',
    'T/QMABT6qqiA/vFNr/9CT//gk//4JP3T60iCAHWhmaaX7oEBpZLRAQAqEcAAGAAYWC/0AAiMAAD7gceg0aGvgQGPAFEC',
    'ABwQzAAYB2AQP/LmmYCDI/3VcP7vvVfXeLSjX/6tD/1aH/q0P3KtyAB1oZmml+6BAaWS0QEAKhHAABgAGFgv9AAIjAAA',
    '+4IBK6DSobCBAfQAMQIAHBCsABgAHlf0DAA9CbjwRAD+9j/f/7Sz/6ln/1LP8eXeUORY4/gGwAB1oZmml+6BAaWS0QEA',
    'KhGQABgAGFgv9AAIjAAA+4IBj6DPoa2BAlcAEQIAHBCQABgAGk/0DAAU+qqogP7yqX/oUbKJin/+7J//bJ//bJ/7hAB1',
    'oZmml+6BAaWS0QEAKhF4ABgAGFgv9AAIjAAA+4IB9KDQoa+BArsAEQIAHBB4ABgAGk/0DAAU+qqogP76id//4kL/4kL/',
    '4kL/xIX1MD8PD8N0AHWhmKaW7oEBpZGxAQAqESAUYABhYL/QACIwAPuCAlccU7trjbuLs4EAt4b3gQHxgdQ=',
  ].join(''),
  'base64',
)
