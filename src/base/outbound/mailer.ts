import type { Config } from '../settings/config.ts'
import type { Language } from '../values/languages.ts'
import { inSpan } from '../logging/tracing.ts'

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
  /** Whether the relay answers, and accepts our credentials; nothing is sent. */
  isReached(): Promise<boolean>
}

/** The relay or the gateway refused this recipient for good. */
export class Undeliverable extends Error {}

/** The relay took no mail for this recipient now. That says nothing about other recipients. */
export class DeliveryDeferred extends Error {}

/** The relay did not answer, or did not accept our credentials. */
export class RelayUnavailable extends Error {}

const leaving = { name: 'mail', kind: 'client', attributes: {} } as const
const timeouts = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 10_000 }

/** E-mail by SMTP (RFC 5321), in plain text only: without mark-up a link cannot hide its address. Undefined without SMTP_URL. */
export function openMailer(config: Config): Mailer | undefined {
  const { smtpUrl } = config
  if (smtpUrl === undefined) return undefined
  let opened: ReturnType<typeof transportTo> | undefined
  const transport = () => (opened ??= transportTo(new URL(smtpUrl.reveal()), config.mode))
  const host = config.mailFrom.slice(config.mailFrom.lastIndexOf('@') + 1)
  const isReached = async () => {
    const relay = await transport()
    return relay.verify().then(
      () => true,
      () => false,
    )
  }
  const send: Mailer['send'] = async ({ to, subject, text, language, id }) => {
    const relay = await transport()
    try {
      await inSpan(leaving, () =>
        relay.sendMail({
          from: { name: config.brand, address: config.mailFrom },
          // The address is given as an object, so that it is never parsed as a list of addresses.
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${host}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': `${language}-CA` },
        }),
      )
    } catch (error) {
      throw readError(error)
    }
  }
  return { send, isReached }
}

// A process that serves alone sends nothing, and has no use for the library.
async function transportTo(url: URL, mode: Config['mode']) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    host: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    secure: url.protocol === 'smtps:',
    // A relay that offers no TLS is refused, except the demonstration's own relay.
    requireTLS: url.protocol === 'smtp:' && mode !== 'demonstration',
    ignoreTLS: mode === 'demonstration',
    ...(url.username === ''
      ? {}
      : {
          auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
        }),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  })
}

// RFC 5321 4.2.1: a 5yz reply is permanent. It counts as permanent only in answer to RCPT, where it concerns this recipient:
// trouble of the relay itself passes.
function readError(cause: unknown): unknown {
  const { command, responseCode } = cause as { command?: unknown; responseCode?: unknown }
  if (command === 'RCPT TO' && typeof responseCode === 'number')
    return responseCode >= 550
      ? new Undeliverable('refused', { cause })
      : new DeliveryDeferred('not now', { cause })
  return command === 'MAIL FROM' || command === 'DATA'
    ? cause
    : new RelayUnavailable('no relay', { cause })
}
