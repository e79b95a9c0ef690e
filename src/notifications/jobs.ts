import { z } from 'zod'
import type { Channel } from '../accounts/index.ts'
import { contactSeals, sealedAddress } from '../accounts/index.ts'
import type { Foundation } from '../foundation/foundation.ts'
import type { JobContext, Jobs } from '../foundation/jobs.ts'
import type { Mailer } from '../foundation/mailer.ts'
import { Undeliverable } from '../foundation/mailer.ts'
import type { Texter } from '../foundation/sms.ts'
import { makeCodes } from './codes.ts'
import { composeEmail, composeText, isKind } from './kinds.ts'
import type { ToSend } from './store.ts'
import { markGivenUp, markSent, noteCode, notificationById } from './store.ts'

const job = z.object({ notificationId: z.uuid() })

/** What carries messages; undefined: this installation has no such channel. */
export type Carriers = { readonly email: Mailer | undefined; readonly sms: Texter | undefined }

/** One job a message. What fails is tried again; what is given up says so in the log, and to the person. */
export function notificationsJobs(foundation: Foundation, carriers: Carriers): Jobs {
  const { db, clock, log, keys } = foundation
  const send = makeSend(foundation, carriers)
  return {
    'notifications.send': async (payload, context) => {
      const { notificationId } = job.parse(payload)
      const message = await notificationById(db, notificationId)
      // Sent before the job was noted as done, or of a person who is forgotten.
      if (message === undefined || message.sentAt !== null || message.givenUpAt !== null) return
      const sealed = message.contactId && (await sealedAddress(db, message.contactId))
      if (!sealed || message.channel === 'none') return markGivenUp(db, notificationId, clock())
      try {
        const address = contactSeals(keys.data).open(sealed, message.contactId ?? '')
        await send(message, message.channel, address)
      } catch (error) {
        if (!isLast(context, error)) throw error
        await markGivenUp(db, notificationId, clock())
        log.error({ job: 'notifications.send', outcome: message.kind, error }, 'message given up')
        return
      }
      await markSent(db, notificationId, clock())
    },
  }
}

function isLast({ attempt, maxAttempts }: JobContext, error: unknown): boolean {
  return error instanceof Undeliverable || attempt >= maxAttempts
}

function makeSend({ db, config, words, keys }: Foundation, carriers: Carriers) {
  const codes = makeCodes(keys.data)
  return async (message: ToSend, channel: Channel, to: string): Promise<void> => {
    const { notificationId, kind, language } = message
    if (!isKind(kind)) throw new Error('a message of a kind that is not known')
    const stamp = { brand: config.brand, code: codes.codeOf(notificationId) }
    const id = codes.nameOf(notificationId)
    const [digest] = codes.digests(stamp.code)
    if (digest === undefined) throw new TypeError('a code needs a key')
    await noteCode(db, notificationId, digest)
    if (channel === 'email') {
      if (carriers.email === undefined) throw new Error('SMTP_URL is absent: no e-mail is sent')
      return carriers.email({ to, language, id, ...composeEmail(words, language, kind, stamp) })
    }
    if (carriers.sms === undefined) throw new Error('SMS_GATEWAY_URL is absent: no text is sent')
    return carriers.sms({ to, id, text: composeText(words, language, kind, stamp) })
  }
}
