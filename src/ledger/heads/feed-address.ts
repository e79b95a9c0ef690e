import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { FeedFault } from './feed-format.ts'
import { mostFileBytes } from './feed-source.ts'
import type { FeedSource } from './feed-source.ts'

// The feed of heads read at the internal address of a process that has its folder. Nothing is believed because of where it was read: a file
// that the house did not write opens by no key of hers, and an answer that does not come makes the feed stand still.

const answerMs = 10_000
/** A process that catches up asks for so many files at once. */
const mostConnections = 4

/** @param base to which `/newest`, `/epochs/…` and `/snapshots/…` are added */
export function feedFromAddress(base: string): FeedSource {
  const { Agent, request } = base.startsWith('https:') ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: mostConnections })
  const root = base.replace(/\/$/, '')
  let newest: { readonly tag: string; readonly bytes: Buffer } | undefined

  // Only `newest` is read again and again under one name.
  return async (name) => {
    const known = name === 'newest' ? newest : undefined
    const headers = known === undefined ? {} : { 'If-None-Match': known.tag }
    const answer = await asked(`${root}/${name}`, headers).catch(recoverFrom(Error, unread))
    const { statusCode, headers: said } = answer
    if (statusCode === 200) {
      const bytes = await wholeOf(answer, name).catch(recoverFrom(Error, unread))
      if (name === 'newest' && said.etag !== undefined) newest = { tag: said.etag, bytes }
      return bytes
    }
    answer.resume()
    if (statusCode === 404) return undefined
    if (statusCode === 304 && known !== undefined) return known.bytes
    throw new FeedFault(`${root}/${name} answers ${statusCode}`)
  }

  function unread({ message }: Error): never {
    throw new FeedFault(`${root} cannot be read: ${message}`)
  }

  function asked(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // It bounds the body, too.
      const signal = AbortSignal.timeout(answerMs)
      request(url, { agent, headers, signal }, resolve).on('error', reject).end()
    })
  }
}

async function wholeOf(answer: IncomingMessage, name: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostFileBytes) throw new Error(`${name} is too long`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
