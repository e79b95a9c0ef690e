import type { CallBroker } from '../call-broker.ts'
import { isObject } from '../shape.ts'
import { stopKind } from './signal.ts'

export type Delivery =
  | { readonly method: typeof pushMethod; endpoint_url: string; authorization_header: string }
  | { readonly method: typeof pollMethod }

export const [pushMethod, pollMethod] = ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'] as const
const timeoutMilliseconds = 5000

/** What our token for the broker's streams says. */
export function signalsRight(issuer: string) {
  return { resource: `${issuer}/ssf`, scope: 'ssf.read ssf.manage' }
}

export type Stream = { readonly name: string; readonly endpoint: string }

/**
 * Our stream at the broker: the one that an earlier start began, brought to what we want now, or a new one (OpenID Shared Signals
 * Framework 1.0, section 8.1.1). @returns undefined when this broker sends no signals
 */
export async function ownStream(
  issuer: string,
  call: CallBroker,
  delivery: Delivery,
): Promise<Stream | undefined> {
  const streams = await streamsAddress(issuer)
  if (streams === undefined) return undefined
  const wanted = { delivery, events_requested: [stopKind(issuer)] }
  const all: unknown = await (await accepted(call(streams, undefined))).json()
  const known = (Array.isArray(all) ? (all as unknown[]) : [])
    .map(streamIn)
    .find((stream) => stream?.method === delivery.method)
  const answer = await accepted(
    known === undefined
      ? call(streams, wanted)
      : call(streams, { stream_id: known.name, ...wanted }, {}, 'PUT'),
  )
  const stream = streamIn(await answer.json())
  if (stream === undefined) throw new TypeError('not a stream')
  return stream
}

async function streamsAddress(issuer: string): Promise<string | undefined> {
  const answer = await fetch(`${issuer}/.well-known/ssf-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  })
  if (answer.status === 404) return undefined
  const metadata: unknown = await (await accepted(Promise.resolve(answer))).json()
  if (!isObject(metadata) || metadata['issuer'] !== issuer)
    throw new TypeError('not of this broker')
  return String(metadata['configuration_endpoint'])
}

function streamIn(answer: unknown): (Stream & { readonly method: string }) | undefined {
  if (!isObject(answer) || !isObject(answer['delivery'])) return undefined
  const { stream_id: name, delivery } = answer
  const { method, endpoint_url: endpoint } = delivery
  if (typeof name !== 'string' || typeof method !== 'string' || typeof endpoint !== 'string')
    return undefined
  return { name, method, endpoint }
}

export async function accepted(calling: Promise<Response>): Promise<Response> {
  const answer = await calling
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  return answer
}
