import { createTransport } from 'nodemailer'
import type { Config } from '../config.ts'
import type { Language } from './pages.ts'

export type Letter = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly language: Language
  /** Equal for each try of one letter, so that a mailbox shows it once. */
  readonly id: string
}

/** @throws Undeliverable for an address that is refused for good; any other error is worth another try */
export type Mailer = (letter: Letter) => Promise<void>

/** The other side said no, and will say no again. */
export class Undeliverable extends Error {}

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
  return async ({ to, subject, text, language, id }) => {
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
      throw isForGood(error) ? new Undeliverable('refused', { cause: error }) : error
    }
  }
}

// RFC 5321 4.2.1: 5yz is permanent. Of the conversation itself only what concerns this recipient is; a relay's own trouble heals.
function isForGood(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || !('command' in error)) return false
  const { responseCode, command } = error
  return typeof responseCode === 'number' && responseCode >= 550 && command === 'RCPT TO'
}
