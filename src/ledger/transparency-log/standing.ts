import type { Session } from '../../base/platform/db-session.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import { openNote } from '../../base/tlog/note.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { timeOfId } from '../../base/platform/ids.ts'
import { newestNotes, oldestPending, witnessLines } from './store.ts'

// How far the public log is behind what happens.

export type LogStanding = {
  /** When what waits longest for its place was written; undefined: nothing waits. */
  readonly waitingSince: Date | undefined
  /** When the newest tree was signed; undefined: none ever was. */
  readonly signedAt: Date | undefined
  /** When the newest tree was signed that enough witnesses cosigned; undefined: none of the last ones was. */
  readonly cosignedAt: Date | undefined
  /** Whether witnesses are asked at all. */
  readonly isWitnessed: boolean
}

/** An older tree that was cosigned says nothing of today. */
const notesLookedAt = 20

export async function logStanding(session: Session): Promise<LogStanding> {
  const policy = readPolicy(await witnessLines(session))
  const notes = await newestNotes(session, notesLookedAt)
  const waiting = await oldestPending(session)
  return {
    waitingSince: waiting === undefined ? undefined : timeOfId(waiting),
    signedAt: notes[0]?.signedAt,
    cosignedAt: notes.find(({ note }) => isCosigned(policy, note))?.signedAt,
    isWitnessed: policy.witnesses.length > 0,
  }
}

// Without a signature that is known, a note does not open.
function isCosigned({ witnesses, isQuorum }: LogPolicy, note: string): boolean {
  try {
    return isQuorum(
      openNote(
        note,
        witnesses.map(({ verifier }) => verifier),
      ).signatures,
    )
  } catch (error) {
    if (error instanceof NoteError) return false
    throw error
  }
}
