import { isUtf8 } from 'node:buffer'

// Captions, as WebVTT (W3C). They are held to the transcript, which is what people sign: a film never says one thing below the picture and
// another beside it.

const timing =
  /^(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}[ \t]+-->[ \t]+(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}(?:[ \t].*)?$/

/** What is wrong with the captions of a film; undefined: nothing. Blocks of another kind than cues are refused. Pure. */
export function captionsFault(bytes: Buffer, transcript: string): string | undefined {
  if (!isUtf8(bytes)) return 'is not UTF-8'
  const [head = '', ...blocks] = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
  if (!/^WEBVTT(?:[ \t].*)?$/.test(head.trimEnd()))
    return 'does not begin with WEBVTT and an empty line'
  const cues = blocks.map(cueIn)
  if (cues.length === 0) return 'has no cue'
  if (cues.includes(undefined)) return 'has something else than cues of plain text'
  if (wordsOf(cues.join(' ')) !== wordsOf(transcript)) return 'has other words than the transcript'
  return undefined
}

/** The text of a cue; undefined: it is none, or has marks or entities. */
function cueIn(block: string): string | undefined {
  const lines = block.trim().split('\n')
  const at = lines.findIndex((line) => timing.test(line))
  // One line at most stands before the timing: the name of the cue.
  if (at !== 0 && at !== 1) return undefined
  const text = lines.slice(at + 1).join(' ')
  return /[<>&]/.test(text) || text.includes('-->') ? undefined : text
}

function wordsOf(text: string): string {
  return text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .join(' ')
}
