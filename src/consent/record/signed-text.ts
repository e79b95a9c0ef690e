import { createHash } from 'node:crypto'

// The text of an answer that its person signs, and the challenge that her key signs for one answer or for several. The page makes the
// same from its form (public/js/answer.js), and a stranger makes it from a receipt (public/js/verifier.js). Ids, days and hashes
// contain neither space nor line end.

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

/** Nine lines, each ended. */
export function answerText(said: SignedAnswer): string {
  const lines = [
    ...textHead(said),
    said.choice,
    said.categories.toSorted().join(' '),
    said.express.toSorted().join(' '),
    said.lastDay,
    said.checkpoint,
  ]
  return `${lines.join('\n')}\n`
}

/** The lines that are the same whatever she answers. */
export function textHead({
  issuer,
  presentation,
  renderedSha256,
}: Pick<SignedAnswer, 'issuer' | 'presentation' | 'renderedSha256'>): readonly string[] {
  return ['accord.answer.v1', issuer, presentation, renderedSha256]
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
