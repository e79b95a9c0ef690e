import { createTransport } from 'nodemailer'
import type { Config } from './config.ts'
import type { Language } from './languages.ts'

export type Letter = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly language: Language
  /** Equal for each try of one letter, so that a mailbox shows it once. */
  readonly id: string
}

export type Mailer = {
  /**
   * @throws Undeliverable for an address that is refused for good; any other error is worth another try: Deferred, Unreached, or
   * what the relay said of the letter
   */
  send(letter: Letter): Promise<void>
  /** Whether the relay answers, and lets us in; nothing is sent. */
  isReached(): Promise<boolean>
}

/** The other side said no, and will say no again. */
export class Undeliverable extends Error {}

/** The other side took no mail for this recipient now; of others it says nothing. */
export class Deferred extends Error {}

/** The relay did not answer, or did not let us in. */
export class Unreached extends Error {}

const timeouts = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 10_000 }

/** E-mail by SMTP (RFC 5321), plain text only: what has no mark-up hides no link. Undefined without SMTP_URL. */
export function openMailer(config: Config): Mailer | undefined {
  if (config.smtpUrl === undefined) return undefined
  const url = new URL(config.smtpUrl.reveal())
  const transport = createTransport({
    host: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    secure: url.protocol === 'smtps:',
    // A relay that offers no TLS is refused, but for the demonstration's own.
    requireTLS: url.protocol === 'smtp:' && config.mode !== 'demonstration',
    ignoreTLS: config.mode === 'demonstration',
    ...(url.username === ''
      ? {}
      : {
          auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
        }),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  })
  const host = config.mailFrom.slice(config.mailFrom.lastIndexOf('@') + 1)
  const isReached = () =>
    transport.verify().then(
      () => true,
      () => false,
    )
  const send: Mailer['send'] = async ({ to, subject, text, language, id }) => {
    try {
      await transport.sendMail({
        from: { name: config.brand, address: config.mailFrom },
        // An address is never parsed as a list of them.
        to: { name: '', address: to },
        subject,
        text,
        messageId: `<${id}@${host}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': `${language}-CA` },
      })
    } catch (error) {
      throw readError(error)
    }
  }
  return { send, isReached }
}

// RFC 5321 4.2.1: 5yz is permanent. Of the conversation itself only what concerns this recipient is; a relay's own trouble heals.
function readError(cause: unknown): unknown {
  const { command, responseCode } = cause as { command?: unknown; responseCode?: unknown }
  if (command === 'RCPT TO' && typeof responseCode === 'number')
    return responseCode >= 550
      ? new Undeliverable('refused', { cause })
      : new Deferred('not now', { cause })
  return command === 'MAIL FROM' || command === 'DATA'
    ? cause
    : new Unreached('no relay', { cause })
}
