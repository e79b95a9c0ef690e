import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { Box } from './box.ts'

const maxBytes = 262_144

/** The answer to a recipient: an error code of RFC 5321; undefined accepts the mail. */
export type Verdict = (address: string) => number | undefined

export type SmtpServer = { readonly url: string; close(): Promise<void> }

/** A real SMTP server for this computer alone, which delivers into the box. Port 0: any that is free. */
export async function startSmtp(
  box: Box,
  { port = 0, verdict = () => undefined }: { port?: number; verdict?: Verdict } = {},
): Promise<SmtpServer> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxBytes,
    closeTimeout: 500,
    onRcptTo({ address }, _session, answer) {
      const code = verdict(address)
      if (code === undefined) answer()
      else answer(Object.assign(new Error('not this one'), { responseCode: code }))
    },
    onData(stream, session, answer) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        deliver(box, Buffer.concat(chunks), to).then(() => answer(), answer)
      })
    },
  })
  // A client that hangs up in the middle is no fault of the demonstration.
  server.on('error', (error) => console.error(`mailbox: ${error.message}`))
  const listener = server.listen(port, 'localhost')
  await once(listener, 'listening')
  const { port: taken } = listener.address() as AddressInfo // it listens on TCP
  return {
    url: `smtp://localhost:${taken}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function deliver(box: Box, raw: Buffer, recipients: readonly string[]): Promise<void> {
  const mail = await PostalMime.parse(raw)
  for (const to of recipients) {
    box.put({
      channel: 'email',
      to,
      from: mail.from?.address,
      subject: mail.subject,
      text: mail.text?.trim() ?? '',
      id: mail.messageId === undefined ? undefined : `${mail.messageId} ${to}`,
      receivedAt: new Date(),
    })
  }
}
