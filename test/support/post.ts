import { expect } from 'vitest'
import type { Message } from '../../demo/mailbox/box.ts'
import { startMailbox } from '../../demo/mailbox/mailbox.ts'
import type { Mailbox } from '../../demo/mailbox/mailbox.ts'
import type { Broker } from './broker.ts'
import { issuer, startBroker } from './broker.ts'
import type { Answer, Browser } from './browser.ts'
import { formsOf } from './browser.ts'
import { freePorts } from './house.ts'
import { secret } from './secrets.ts'

/** A broker whose two processes work the queue, and send to the demonstration's own mail server and gateway. */
export type Post = Broker & {
  readonly mailbox: Mailbox
  /** The answers of the mail server to addresses, from now on. */
  readonly verdicts: Map<string, number>
  /** Waits until this many messages came to an address, newest first. */
  received(to: string, count: number): Promise<readonly Message[]>
}

const arrivalMs = 30_000

export async function startPost(more: Readonly<Record<string, string>> = {}): Promise<Post> {
  const verdicts = new Map<string, number>()
  const port = await freePorts(1)
  const verdict = (address: string) => verdicts.get(address)
  const mailbox = await startMailbox({ issuer, port, verdict })
  const broker = await startBroker(undefined, undefined, undefined, {
    WORK: 'yes',
    SMTP_URL: mailbox.smtpUrl,
    SMS_GATEWAY_URL: mailbox.smsGatewayUrl,
    OUTBOUND_ALLOW: `localhost:${port}`,
    ...more,
  })
  return {
    ...broker,
    mailbox,
    verdicts,
    received: (to, count) => messagesTo(mailbox, to, count),
    async stop() {
      await broker.stop()
      await mailbox.close()
    },
  }
}

export async function messagesTo(
  mailbox: Mailbox,
  to: string,
  count: number,
): Promise<readonly Message[]> {
  const own = () => mailbox.messages().filter((message) => message.to === to)
  await expect.poll(() => own().length, { timeout: arrivalMs }).toBe(count)
  return own()
}

/** The code in a message. */
export function codeIn({ text }: Pick<Message, 'text'>): string {
  const code = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(text)?.[0]
  if (code === undefined) throw new Error(`no code in ${text}`)
  return secret('message code', code)
}

/** Sends the page's form whose action ends with this text, with these fields over its own, and follows redirects. */
export async function send(
  browser: Browser,
  page: Answer,
  ending: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const ways = formsOf(page).filter(({ action }) => action.endsWith(ending))
  // One form a channel, told apart by its hidden field.
  const ofChannel = ways.find(({ fields: own }) => own['channel'] === fields['channel'])
  const form = ways.length === 1 ? ways[0] : ofChannel
  if (form === undefined) throw new Error(`no form for ${ending} at ${page.url}: ${page.body}`)
  const answer = await browser.post(form.action, { ...form.fields, ...fields })
  return answer.location === undefined ? answer : browser.follow(answer.location)
}

/** Adds an address or a number in « Mes messages », with the code that comes there. */
export async function addContact(
  post: Post,
  browser: Browser,
  channel: 'email' | 'sms',
  address: string,
  as = address,
): Promise<Answer> {
  const before = post.mailbox.messages().filter(({ to }) => to === as).length
  const page = await browser.follow('/acces/messages')
  const waiting = await send(browser, page, '/acces/messages/adresses', { channel, address })
  const [message] = await post.received(as, before + 1)
  if (message === undefined) throw new Error('nothing came')
  return send(browser, waiting, '', { code: codeIn(message) })
}
