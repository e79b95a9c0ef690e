import 'reflect-metadata' // before @peculiar/x509, which needs it
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import * as x509 from '@peculiar/x509'

/** Hosts under https on this machine alone, with a certificate that only the browser started with `flags` takes. */
export type TlsFront = {
  /** For Chromium: it finds the hosts here, and takes this certificate for them without a warning. */
  readonly flags: readonly string[]
  stop(): Promise<void>
}

type Answering = (asked: IncomingMessage, answer: ServerResponse) => void

const oneHourMs = 3_600_000

/** Each host is answered by its own function. */
export async function startTlsFront(hosts: Readonly<Record<string, Answering>>): Promise<TlsFront> {
  const names = Object.keys(hosts)
  const { key, cert, spki } = await certificateFor(names)
  const server = createServer({ key, cert }, (asked, answer) => {
    const answering = hosts[asked.headers.host ?? '']
    if (answering === undefined) answer.writeHead(421).end()
    else answering(asked, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  const rules = names.map((name) => `MAP ${name}:443 127.0.0.1:${port}`).join(', ')
  return {
    flags: [`--host-resolver-rules=${rules}`, `--ignore-certificate-errors-spki-list=${spki}`],
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Acts as the proxy of a deployment: TLS ends here, and a header tells the process behind. */
export function passTo(port: number): Answering {
  return (asked, answer) => {
    const headers = {
      ...asked.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '192.0.2.7',
    }
    const { url: path, method } = asked
    const sent = request({ host: 'localhost', port, path, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.rawHeaders)
      given.pipe(answer)
    })
    sent.on('error', () => answer.destroy())
    asked.pipe(sent)
  }
}

/** A key and a certificate that it signed itself, in PEM, for an hour. */
export async function certificateFor(names: readonly string[]) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=accord tests',
    notBefore: new Date(now - oneHourMs),
    notAfter: new Date(now + oneHourMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: 'dns' as const, value })),
      ),
    ],
  })
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', keys.privateKey),
    crypto.subtle.exportKey('spki', keys.publicKey),
  ])
  return {
    key: pem('PRIVATE KEY', Buffer.from(pkcs8)),
    cert: certificate.toString('pem'),
    spki: createHash('sha256').update(Buffer.from(spki)).digest('base64'),
  }
}

function pem(kind: string, der: Buffer): string {
  return `-----BEGIN ${kind}-----\n${der.toString('base64')}\n-----END ${kind}-----\n`
}
