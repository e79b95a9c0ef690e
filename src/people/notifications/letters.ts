import { contactSeals } from '../accounts/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { newUuid } from '../../base/values/ids.ts'
import { enqueue } from '../../base/jobs/jobs.ts'
import type { Language } from '../../base/values/languages.ts'
import type { CountedTry, Tries } from '../../base/web/limits/tries.ts'
import type { CodeLimits } from './code-limits.ts'
import { makeCodeLimits } from './code-limits.ts'
import { makeCodes } from './codes.ts'
import { templateVersion } from './kinds.ts'
import { sendingJob } from './notify.ts'
import { insertNotification, isMailFailing } from './store.ts'

/** How long a code that was sent to an address is good. */
export const codeSeconds = 15 * 60
// The queue waits e^n seconds after try n: the last try is some ten minutes after the first.
const maxAttempts = 7
const hourSeconds = 3600
const daySeconds = 24 * hourSeconds

/** `absent`: this installation sends no e-mail. `failing`: none has left for an hour. */
export type MailState = 'in-service' | 'absent' | 'failing'

/** Codes to an e-mail address with which somebody wants to sign in. The address may be anybody's. */
export type Letters = {
  mail(now: Date): Promise<MailState>
  /** Counts a code, before anything is made or sent, until it comes back. */
  readonly limits: Pick<CodeLimits, 'sending' | 'cameBack'>
  /**
   * Sends a code. If the address opens an access already, the message says so instead; beyond the limit of a day nothing is sent. The
   * job that sends decides this, so that the answer to a form tells nothing. @returns the message whose id gives the code
   */
  sendCode(
    tx: Transaction,
    letter: {
      readonly address: string
      readonly language: Language
      /** The person whose own access does not count: her own address is no reason to send no code. */
      readonly butOf?: string | undefined
    },
    now: Date,
  ): Promise<string>
  /** Compared in constant time. */
  isCodeOf(counted: CountedTry, typed: string, messageId: string): boolean
}

export function makeLetters(foundation: Foundation, tries: Tries): Letters {
  const { db, keys, config } = foundation
  const seals = contactSeals(keys)
  const codes = makeCodes(keys.data)
  return {
    mail: (now) => mailState({ db, config }, now),
    limits: makeCodeLimits(foundation, seals, tries),
    isCodeOf: codes.isCodeOf,
    async sendCode(tx, { address, language, butOf }, now) {
      const notificationId = newUuid(now)
      await insertNotification(tx, {
        notificationId,
        kind: 'address.code',
        channel: 'email',
        language,
        personId: null,
        contactId: null,
        sealedAddress: seals.seal(address, notificationId),
        templateVersion,
        queuedAt: now,
      })
      await enqueue(tx, sendingJob('email', 'address.code', { notificationId, butOf }, maxAttempts))
      return notificationId
    },
  }
}

/** Whether e-mail leaves. An hour without a try proves nothing: the next message shows it. */
export async function mailState(
  { db, config }: Pick<Foundation, 'db' | 'config'>,
  now: Date,
): Promise<MailState> {
  if (config.smtpUrl === undefined) return 'absent'
  const [hourAgo, dayAgo] = [secondsAfter(now, -hourSeconds), secondsAfter(now, -daySeconds)]
  return (await isMailFailing(db, { hourAgo, dayAgo })) ? 'failing' : 'in-service'
}
