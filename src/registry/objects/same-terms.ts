import { isDeepStrictEqual } from 'node:util'
import type { Purpose } from './objects.ts'

// A version that only tells more about the same terms is no other purpose: agreements that name the version before, and what people
// allowed under it, go on, and the new words are said (decision 0212).

/** For each version, the one whose terms it has: the first of those that differ in what they tell alone, with the words of the last. Pure. */
export function inSameTerms(versions: readonly Purpose[]): readonly Purpose[] {
  const runs: Purpose[][] = []
  for (const version of versions) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (before !== undefined && tellsMore(before, version)) run?.push(version)
    else runs.push([version])
  }
  return runs.flatMap((run) =>
    run.map((version) => ({ ...(run[0] ?? version), why: run.at(-1)?.why })),
  )
}

// A version that changes nothing at all is a new purpose on purpose: a text that changed materially needs one, and people are asked again.
function tellsMore(before: Purpose, version: Purpose): boolean {
  return (
    isDeepStrictEqual(termsOf(before), termsOf(version)) &&
    !isDeepStrictEqual(before.why, version.why)
  )
}

// `why` stands in sentences only: what a person reads and agrees to is in the text, with a version of its own.
function termsOf({
  why: _why,
  no: _no,
  ref: _ref,
  version: _v,
  appliedAt: _at,
  ...terms
}: Purpose) {
  return terms
}
