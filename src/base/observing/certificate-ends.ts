import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readWhole } from '../settings/atomic-file.ts'

// When certificates end: those in files that this process reads, and those that its own hosts show. Of a host the date alone is read:
// whether the certificate is believed is judged where something is sent.

/** The bundle of a whole system has 140 authorities, in 220 kB. */
const maxPemBytes = 1024 * 1024
const maxCertificates = 1000
const handshakeMs = 5000

/** Of a file of certificates (PEM), when the first of them ends. @throws where there is none */
export async function endInFile(path: string): Promise<Date> {
  const text = (await readWhole(path, maxPemBytes))?.toString('latin1') ?? ''
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  const ends = found.slice(0, maxCertificates).map((pem) => new X509Certificate(pem).validToDate)
  return first(ends)
}

export type TlsHost = {
  readonly host: string
  readonly port: number
  /** A server of PostgreSQL is first asked whether it speaks TLS. */
  readonly speaks: 'tls' | 'postgres'
}

/** Of the certificates that these hosts show, when the first ends; of a host that does not answer nothing is known. @throws where none does */
export async function endAtHosts(hosts: readonly TlsHost[]): Promise<Date> {
  const seen = await Promise.allSettled(hosts.map(endAtHost))
  return first(seen.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
}

async function endAtHost({ host, port, speaks }: TlsHost): Promise<Date> {
  const socket = connect({ host, port })
  const late = setTimeout(() => socket.destroy(new Error('no handshake in time')), handshakeMs)
  try {
    await once(socket, 'connect')
    if (speaks === 'postgres') await askForTls(socket)
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
    const secure = connectTls({ socket, ...name, rejectUnauthorized: false })
    await once(secure, 'secureConnect')
    const { valid_to: end } = secure.getPeerCertificate()
    secure.destroy()
    return first([new Date(end)])
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
}

// SSLRequest, and its answer of one byte (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
async function askForTls(socket: Socket): Promise<void> {
  socket.write(Buffer.from('0000000804d2162f', 'hex'))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (answer.toString('latin1') !== 'S') throw new Error('this server speaks no TLS')
}

function first(ends: readonly Date[]): Date {
  const times = ends.map((end) => end.getTime()).filter((time) => !Number.isNaN(time))
  if (times.length === 0) throw new Error('no certificate was seen')
  return new Date(Math.min(...times))
}
