import { createHash } from 'node:crypto'

// The first text of an answer that its person signs, which is read for ever (signed-lines.ts has the one of now), and the challenge that her key
// signs for one answer or for several. Ids, days and hashes contain neither space nor line end.

/** An answer in the words of its event. */
export type SignedAnswer = {
  readonly issuer: string
  /** `pre_…`: one person, one question, one showing. */
  readonly presentation: string
  /** Of the region of the page that she read, hex. */
  readonly renderedSha256: string
  readonly choice: 'granted' | 'refused'
  readonly categories: readonly string[]
  readonly express: readonly string[]
  /** `2027-08-31`, in Québec. */
  readonly lastDay: string
  /** Origin, size and root of the newest signed tree of the log at the showing; '' where none was signed. */
  readonly checkpoint: string
}

/** Nine lines, each ended: categories and last day by their names, all else by the hash of the page. */
export function answerText(said: SignedAnswer): string {
  const lines = [
    'accord.answer.v1',
    said.issuer,
    said.presentation,
    said.renderedSha256,
    said.choice,
    said.categories.toSorted().join(' '),
    said.express.toSorted().join(' '),
    said.lastDay,
    said.checkpoint,
  ]
  return `${lines.join('\n')}\n`
}

/** One signature holds for all answers that were sent together, in whichever order. */
export function challengeOf(texts: readonly string[]): Buffer {
  return challengeOfHashes(texts.map(textHash))
}

/** @param hashes of the texts, hex */
export function challengeOfHashes(hashes: readonly string[]): Buffer {
  const sorted = hashes.toSorted().join('\n')
  return createHash('sha256').update(`accord.answers.v1\n${sorted}\n`).digest()
}

/** SHA-256 of a text, hex. */
export function textHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What she signs to lift « seulement avec ma clé »: three lines, each ended. @param rule the event that is lifted, `evt_…` */
export function liftChallenge(issuer: string, rule: string): Buffer {
  return createHash('sha256').update(`accord.lift.v1\n${issuer}\n${rule}\n`).digest()
}
