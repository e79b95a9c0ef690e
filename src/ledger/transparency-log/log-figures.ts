import type { Session } from '../../base/database/db-session.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { timeOfId } from '../../base/values/ids.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import type { Signature } from '../../base/tlog/note.ts'
import { openNote } from '../../base/tlog/note.ts'
import { logBehind, newestNotes, notesFurtherBack, oldestPending, witnessLines } from './store.ts'

// How far the public log is behind, and since when each witness is silent, for who watches the house.

export type LogFigures = {
  readonly waiting: number
  readonly waitingSince: Date | undefined
  readonly unsigned: number
  readonly signedAt: Date | undefined
  /** When the last tree was signed that enough witnesses cosigned; undefined: none is named, or none was seen. */
  readonly quorumAt: Date | undefined
  /** Since when, among the trees that were looked at, too few witnesses cosign them; undefined: the newest has enough, or none is named. */
  readonly aloneSince: Date | undefined
  /** When the last tree was signed that a witness of the policy cosigned, by its name there. */
  readonly cosignedAt: ReadonlyMap<string, Date>
}

const mostWaiting = 100_000
// One is signed a second at most, and this is read every ten seconds.
const newestLookedAt = 20
const furthestBack = 16_384

type Note = { readonly note: string; readonly signedAt: Date }
type Seen = {
  readonly lines: string
  readonly at: Map<string, Date>
  quorumAt: Date | undefined
  aloneSince: Date | undefined
}

/**
 * Reads the figures again and again. A witness may be silent for longer than the newest notes reach back: what was seen before is
 * remembered. At first, and under another policy, few notes that lie ever further back are looked at; a witness that is in none of them
 * is taken to have cosigned the oldest, so that it is silent for at least so long.
 */
export function makeLogFigures(): (session: Session) => Promise<LogFigures> {
  let seen: Seen | undefined
  return async (session) => {
    const lines = await witnessLines(session)
    const policy = readPolicy(lines)
    const newest = await newestNotes(session, newestLookedAt)
    if (seen?.lines !== lines) {
      const further = await notesFurtherBack(session, furthestBack)
      seen = { lines, at: new Map(), quorumAt: undefined, aloneSince: undefined }
      note(seen, policy, further)
      const oldest = further.at(-1)?.signedAt
      if (oldest !== undefined)
        for (const { name } of policy.witnesses) keepLater(seen.at, name, oldest)
    }
    note(seen, policy, newest)
    const waiting = await oldestPending(session)
    return {
      ...(await logBehind(session, mostWaiting)),
      waitingSince: waiting === undefined ? undefined : timeOfId(waiting),
      signedAt: newest[0]?.signedAt,
      ...(policy.witnesses.length === 0
        ? { quorumAt: undefined, aloneSince: undefined }
        : { quorumAt: seen.quorumAt, aloneSince: seen.aloneSince }),
      cosignedAt: seen.at,
    }
  }
}

function note(seen: Seen, policy: LogPolicy, notes: readonly Note[]): void {
  for (const { note: text, signedAt } of notes) {
    const signatures = cosignaturesOf(policy, text)
    for (const { name, verifier } of policy.witnesses)
      if (signatures.some((one) => one.verifier === verifier)) keepLater(seen.at, name, signedAt)
    if (policy.isQuorum(signatures) && (seen.quorumAt ?? 0) < signedAt) seen.quorumAt = signedAt
  }
  // What is newer than the last tree that enough cosigned is alone.
  const last = seen.quorumAt?.getTime() ?? Number.NEGATIVE_INFINITY
  const alone = [
    ...notes.map(({ signedAt }) => signedAt),
    ...(seen.aloneSince ? [seen.aloneSince] : []),
  ].filter((at) => at.getTime() > last)
  seen.aloneSince = alone.toSorted((a, b) => a.getTime() - b.getTime())[0]
}

function keepLater(at: Map<string, Date>, name: string, signedAt: Date): void {
  const known = at.get(name)
  if (known === undefined || known < signedAt) at.set(name, signedAt)
}

function cosignaturesOf({ witnesses }: LogPolicy, text: string): readonly Signature[] {
  const known = witnesses.map(({ verifier }) => verifier)
  // Without a signature that is known, a note does not open.
  return attempt(
    () => openNote(text, known).signatures,
    recoverFrom(NoteError, () => []),
  )
}
