import { statusError } from '../../base/values/outbound-error.ts'
import type { Log, LogFields } from '../../base/logging/log.ts'
import { present } from '../../base/values/present.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { sizeFrom } from '../../base/tlog/checkpoint.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { maxNoteBytes, openNote, splitNote } from '../../base/tlog/note.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { getText, postText } from '../../base/outbound/guarded-http.ts'
import { fetchSome } from '../../base/tlog/fetch-text.ts'

type Witness = LogPolicy['witnesses'][number]
type Asked = Witness & { readonly url: string }

/** Asks all witnesses that have an address at once to cosign a signed checkpoint. @returns the signature lines that hold */
export type AskWitnesses = (
  witnesses: readonly Witness[],
  note: string,
  size: number,
  prove: (old: number) => Promise<readonly Buffer[]>,
) => Promise<string>

// An absent witness must not hold up the log for long: the next second asks again.
const maxTries = 2

/** What a witness has of a log: the note, undefined for none; or that it did not answer. */
export type AskNote = (url: string) => Promise<Buffer | undefined | 'no answer'>

// An operator's command may ask any address that the policy names.
export async function askAnybody(url: string): ReturnType<AskNote> {
  return fetchSome(url, maxNoteBytes).catch(recoverFrom(OperatorError, () => 'no answer' as const))
}

export function makeAskWitnesses(outboundAllow: readonly string[], log: Log): AskWitnesses {
  /** The size that each witness cosigned last, as far as we know. */
  const known = new Map<string, number>()
  return async (witnesses, note, size, prove) => {
    const lines = await Promise.all(
      witnesses.filter(hasAddress).map(async (witness) => {
        try {
          return await cosignature(witness, note, size, prove)
        } catch (error) {
          log.warn(
            { job: 'log.witness', outcome: witness.name, ...whyOf(witness, error) },
            'no cosignature',
          )
          return ''
        }
      }),
    )
    return lines.join('')
  }

  async function cosignature(
    { verifier, url }: Asked,
    note: string,
    size: number,
    prove: (old: number) => Promise<readonly Buffer[]>,
  ): Promise<string> {
    for (let tries = 0; tries < maxTries; tries++) {
      const old = Math.min(known.get(verifier.vkey) ?? 0, size)
      const proof = (await prove(old)).map((hash) => `${hash.toString('base64')}\n`).join('')
      const target = `${url.replace(/\/$/, '')}/add-checkpoint`
      const answer = await postText(target, `old ${old}\n${proof}\n${note}`, outboundAllow)
      if (answer.status === 200) {
        known.set(verifier.vkey, size)
        return lineThatHolds(note, answer.text, verifier)
      }
      const theirs = answer.status === 409 ? sizeFrom(answer.text.trimEnd()) : undefined
      if (theirs === undefined) throw statusError(target, answer.status)
      if (theirs > size) throw new NoteError('is shorter than what this witness cosigned before')
      known.set(verifier.vkey, theirs)
    }
    throw new NoteError('was not taken')
  }
}

function hasAddress(witness: Witness): witness is Asked {
  return witness.url !== undefined
}

// We wrote the message of a NoteError, so a log line may show it.
function whyOf({ url }: Asked, error: unknown): LogFields {
  const { host } = new URL(url)
  return error instanceof NoteError ? { host, why: `the note ${error.message}` } : { host, error }
}

/** The one line in a witness's answer that is the witness's own signature and holds. @throws NoteError */
function lineThatHolds(note: string, answered: string, verifier: Witness['verifier']): string {
  openNote(note + answered, [verifier])
  const ours = splitNote(note + answered).lines.find(
    ({ name, bytes }) => name === verifier.name && bytes.readUInt32BE(0) === verifier.keyId,
  )
  const { name, bytes } = present(ours, 'the line of the signature that holds')
  return `— ${name} ${bytes.toString('base64')}\n`
}

/** A process asks no address that it may not call. */
export function askAllowed(outboundAllow: readonly string[]): AskNote {
  return async (url) => {
    try {
      const { status, text } = await getText(url, outboundAllow)
      if (status === 404) return undefined
      return status === 200 ? Buffer.from(text) : 'no answer'
    } catch {
      return 'no answer' // whatever it was: others may answer
    }
  }
}
