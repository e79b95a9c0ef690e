import { expect, test } from 'vitest'
import { captionsFault } from '../../../src/registry/media/captions.ts'

const said = 'Vous pouvez dire non.\nVous pouvez arrêter.'
const cue = (text: string, time = '00:00.000 --> 00:02.500') => `${time}\n${text}\n`
const two = `${cue('Vous pouvez dire non.')}\n${cue('Vous pouvez\narrêter.', '00:02.500 --> 01:00:04.000 line:90%')}`

test.each<[string, string, string | undefined]>([
  ['the words of the transcript, in two cues', `WEBVTT\n\n${two}`, undefined],
  [
    'with a mark of their order, and lines as Windows has them',
    `\uFEFFWEBVTT – essai\r\n\r\n${two.replaceAll('\n', '\r\n')}`,
    undefined,
  ],
  ['with a name for a cue', `WEBVTT\n\nun\n${two}`, undefined],
  [
    'other words',
    `WEBVTT\n\n${cue('Vous devez dire oui.')}`,
    'has other words than the transcript',
  ],
  [
    'one of two cues',
    `WEBVTT\n\n${cue('Vous pouvez dire non.')}`,
    'has other words than the transcript',
  ],
  ['no head', two, 'does not begin with WEBVTT and an empty line'],
  ['no cue', 'WEBVTT\n', 'has no cue'],
  [
    'a style',
    `WEBVTT\n\nSTYLE\n::cue { color: red }\n\n${two}`,
    'has something else than cues of plain text',
  ],
  [
    'marks',
    `WEBVTT\n\n${cue('Vous pouvez dire <b>non</b>. Vous pouvez arrêter.')}`,
    'has something else than cues of plain text',
  ],
])('captions with %s', (_, text, fault) => {
  expect(captionsFault(Buffer.from(text), said)).toBe(fault)
})

test('captions that are not UTF-8', () => {
  expect(captionsFault(Buffer.from([0xff, 0xfe]), said)).toBe('is not UTF-8')
})
