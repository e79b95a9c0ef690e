import { Problem } from '../../base/values/refusal.ts'
import type { Caller } from '../../base/web/caller.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import { addSubject, isKnown, removeSubject } from './store.ts'
import type { StreamParts } from './streams.ts'
import { withStream } from './streams.ts'

type Named = {
  readonly stream_id: string
  readonly subject: {
    readonly format: string
    readonly iss?: string | undefined
    readonly sub?: string | undefined
  }
}

/**
 * A stream is about everybody whom its body has to do with (`default_subjects`: ALL); the body may take a person out of it, and put her
 * back. An identifier of another body, or of a person it never had to do with, answers as one of nobody.
 * @throws Problem signals.not-found, signals.no-subject (404)
 */
export function chooseSubject(
  parts: StreamParts & { readonly pairwise: Pairwise },
  caller: Caller,
  { stream_id: name, subject }: Named,
  deed: 'add' | 'remove',
): Promise<void> {
  return withStream(parts, caller, name, async (tx, stream) => {
    const isOurs = subject.format === 'iss_sub' && subject.iss === parts.issuer
    const personId = isOurs ? parts.pairwise.person(subject.sub ?? '', caller.orgId) : undefined
    if (personId === undefined || !(await isKnown(tx, stream, personId)))
      throw new Problem('signals.no-subject', 404, 'nobody whom you have to do with')
    await (deed === 'add' ? addSubject : removeSubject)(tx, stream.streamId, personId)
  })
}
