import type { Config } from '../settings/config.ts'
import type { Language } from '../values/languages.ts'
import type { Log } from '../logging/log.ts'
import { inSpan } from '../logging/tracing.ts'
import type { RelayLanes } from './relay-lanes.ts'
import { makeRelayLanes } from './relay-lanes.ts'

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

/** The connection broke while the letter was in the relay's hands: it may have left, or not. */
export class LetterUnanswered extends RelayUnavailable {}

const leaving = { name: 'mail', kind: 'client', attributes: {} } as const
const timeouts = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 10_000 }
// A relay that takes fewer letters on a connection says so, and the library goes on over another one. Most relays take a hundred.
const mostOnConnection = 100
const mostRequeues = 3
// No longer than a burst of letters has pauses: the relay counts idle connections too.
const idleMs = 5000

/** E-mail by SMTP (RFC 5321), in plain text only: without mark-up a link cannot hide its address. Undefined without SMTP_URL. */
export function openMailer(config: Config, log: Log): Mailer | undefined {
  const { smtpUrl } = config
  if (smtpUrl === undefined) return undefined
  let opened: ReturnType<typeof transportTo> | undefined
  const transport = () => (opened ??= transportTo(new URL(smtpUrl.reveal()), config))
  const lanes = makeRelayLanes(config.mailLanes, (lanesLeft) =>
    log.warn({ outcome: `${lanesLeft} at once` }, 'the mail relay asks for less'),
  )
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
      await inLane(lanes, () =>
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

/** Sends in a lane that is free. What the relay says of itself, and not of one recipient, narrows the lanes. */
async function inLane(lanes: RelayLanes, sendOne: () => Promise<unknown>): Promise<void> {
  await lanes.take(async () => {
    try {
      await inSpan(leaving, sendOne)
    } catch (error) {
      if (asksForLess(error)) lanes.narrow()
      throw error
    }
  })
}

// RFC 5321 4.2.1: a 4yz reply asks to come again later. In answer to RCPT it is about this recipient, but for 421, which is about the
// connection wherever it is said (3.8).
function asksForLess(error: unknown): boolean {
  const { command, responseCode } = error as SmtpFault
  if (typeof responseCode !== 'number') return false
  return (
    responseCode === 421 || (command !== 'RCPT TO' && responseCode >= 400 && responseCode < 500)
  )
}

// A process that serves alone sends nothing, and has no use for the library.
async function transportTo(url: URL, { mode, mailLanes }: Config) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    maxConnections: mailLanes,
    maxMessages: mostOnConnection,
    maxRequeues: mostRequeues,
    idleTimeout: idleMs,
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

type SmtpFault = {
  readonly command?: unknown
  readonly responseCode?: unknown
  readonly code?: unknown
  readonly timeoutType?: unknown
}

// RFC 5321 4.2.1: a 5yz reply is permanent. It counts as permanent only in answer to RCPT, where it concerns this recipient:
// trouble of the relay itself passes.
function readError(cause: unknown): unknown {
  const { command, responseCode, code, timeoutType } = cause as SmtpFault
  if (typeof responseCode === 'number') {
    if (command === 'RCPT TO')
      return responseCode >= 550
        ? new Undeliverable('refused', { cause })
        : new DeliveryDeferred('not now', { cause })
    return command === 'MAIL FROM' || command === 'DATA'
      ? cause
      : new RelayUnavailable('no relay', { cause })
  }
  const isBroken = code === 'ECONNECTION' || timeoutType === 'SOCKET_TIMEOUT' || isCut(cause)
  return isBroken
    ? new LetterUnanswered('no answer', { cause })
    : new RelayUnavailable('no relay', { cause })
}

// A connection that was made, and was cut.
function isCut(cause: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].some((word) => String(cause).includes(word))
}
