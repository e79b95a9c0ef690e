import type { Datum, Sentence, StillFlows } from '../../consent/standing/index.ts'
import { sayAfter, wordsOf } from '../../consent/standing/index.ts'
import type { Purpose } from '../../registry/index.ts'
import type { PlainStopLine, StopPage } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'

// « En clair » of a stop: what it ends, what goes on, and that it takes nothing back. The sentences are those of every page.

/** More than this is no easy page: then there is the usual one alone. */
const most = { lines: 5, words: 60 }

const pictures = {
  none: 'cross',
  ends: 'cross',
  'ends-here': 'cross',
  over: 'cross',
  'over-here': 'cross',
  still: 'sent',
  also: 'sent',
  again: 'sent',
  paused: 'pause',
  held: 'waiting',
  limit: 'waiting',
} as const satisfies Readonly<Record<Sentence['form'], string>>

type Stop = {
  readonly data: readonly Datum[]
  readonly records: readonly string[]
  readonly flows: StillFlows
  readonly purpose: Purpose
}

/** Undefined where it takes more lines or words than somebody who reads with difficulty gets through. */
export function plainStop(
  { data, records, flows, purpose }: Stop,
  sent: Pick<StopPage, 'lastSentAt' | 'isInquired'>,
  reading: SharingInput,
): readonly PlainStopLine[] | undefined {
  const sentences = sayAfter(data, records, flows, purpose)
  const said = wordsOf(sentences, 'future', reading)
  const lines = [
    ...sentences.map(({ form }, n) => ({ picture: pictures[form], words: said[n] ?? '' })),
    { picture: 'receipt', words: reading.words.t(reading.language, lastLineOf(sent)) },
  ]
  const count = lines.flatMap(({ words }) => words.match(/[\p{L}\d]+/gu) ?? []).length
  return lines.length > most.lines || count > most.words ? undefined : lines
}

function lastLineOf({ lastSentAt, isInquired }: Pick<StopPage, 'lastSentAt' | 'isInquired'>) {
  if (lastSentAt !== undefined) return 'my-sharing.stop.plain-sent'
  return isInquired ? 'my-sharing.stop.unannounced' : 'my-sharing.stop.never'
}
