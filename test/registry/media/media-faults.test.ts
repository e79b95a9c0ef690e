import { expect, test } from 'vitest'
import { faultsOf as shapeFaults } from '../../../src/registry/objects/file-faults.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import { kinds } from '../../../src/registry/objects/object-schemas.ts'
import { referenceFaults } from '../../../src/registry/objects/references.ts'
import type { Content } from '../whole-register.ts'
import { another, everything } from '../whole-register.ts'

// What the register takes of films in a sign language and recordings, before it looks at a file.

const captions = { sha256: 'c'.repeat(64), bytes: 100 }
const fr =
  'Essai org_taker demande un renseignement à Essai. Vous pouvez dire non. Vous pouvez arrêter.'
const en = 'Trial org_taker asks Trial for information. You can say no. You can stop.'
const lsq = { type: 'video/mp4', sha256: 'a'.repeat(64), bytes: 1000, captions, transcript: fr }
const asl = { ...lsq, transcript: en }
const audio_fr = { type: 'audio/mpeg', sha256: 'b'.repeat(64), bytes: 1000, transcript: fr }
const audio_en = { ...audio_fr, transcript: en }

function faultsOf(media: Content): string[] {
  const text = another('text', { media })
  const shape = shapeFaults(kinds.text.schema, text.content)
  if (shape.length > 0) return shape.map(({ message }) => message)
  const objects = everything.map((object) => (object.kind === 'text' ? text : object))
  const world = objects.map((object, i) => ({ ...object, no: i, root: i, appliedAt: new Date(0) }))
  return referenceFaults(objects, shelvesOf(world)).map(({ message }) => message)
}

test.each<[string, Content, (string | RegExp)[]]>([
  ['of all four', { lsq, asl, audio_fr, audio_en }, []],
  ['in French alone', { lsq, audio_fr }, []],
  ['of none', {}, ['media must have one of its members, or not be there']],
  [
    'in English alone',
    { asl, audio_en },
    ['media has asl without lsq', 'media has audio_en without audio_fr'],
  ],
  ['of another type', { lsq: { ...lsq, type: 'video/quicktime' } }, [/^media\.lsq\.type must be/]],
  ['without captions', { lsq: { ...lsq, captions: undefined } }, [/^media\.lsq\.captions/]],
  [
    'without a transcript',
    { audio_fr: { ...audio_fr, transcript: ' ' } },
    ['media.audio_fr.transcript must not be blank'],
  ],
  [
    'of a hash that is none',
    { audio_fr: { ...audio_fr, sha256: 'B'.repeat(64) } },
    ['media.audio_fr.sha256 must be 64 hexadecimal digits'],
  ],
  ['too long', { audio_fr: { ...audio_fr, bytes: 17 * 1024 * 1024 } }, [/^media\.audio_fr\.bytes/]],
  [
    'with places',
    { audio_fr: { ...audio_fr, transcript: `${fr} {until}` } },
    [/must be plain text/],
  ],
  [
    'with a day that another request does not have',
    { lsq: { ...lsq, transcript: `${fr} Jusqu’en 2027.` } },
    [
      'media.lsq.transcript has a digit: the last day and how often are of each request, and the page says them',
    ],
  ],
  [
    'that names nobody and leaves no choice',
    { lsq: { ...lsq, transcript: 'Il faut dire oui.' } },
    [
      'media.lsq.transcript does not name Essai',
      /^media\.lsq\.transcript does not name Essai org_taker$/,
      'media.lsq.transcript does not say « dire non »: she can always say no, and stop later',
      'media.lsq.transcript does not say « arrêter »: she can always say no, and stop later',
    ],
  ],
])('media %s', (_, media, faults) => {
  expect(faultsOf(media)).toEqual(
    faults.map((fault) => (typeof fault === 'string' ? fault : expect.stringMatching(fault))),
  )
})
