import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'

// The library can handle a request only once: it consumes the body and attaches state to Koa's context. To judge a request once
// more, this file makes a new context with the same body, and puts its answer in the place of the first one.

/** A request as it was before the first look. */
export type ReplayableRequest = {
  readonly headers: Context['res']['getHeaders'] extends () => infer Headers ? Headers : never
  readonly state: Context['state']
  /** The body, recorded while the library reads it. */
  readonly body: Buffer[]
}

/** Called before the first look. */
export function keepRequest({ req, res, state }: Context): ReplayableRequest {
  return { headers: res.getHeaders(), state: { ...state }, body: keptBody(req) }
}

/** A fresh context for another look at the request, without traces of the look before. */
export function replayRequest(ctx: Context, { headers, state, body }: ReplayableRequest): Context {
  const { res } = ctx
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) res.setHeader(name, value)
  res.statusCode = 404 // Koa's initial status
  const again = ctx.app.createContext(withBody(ctx.req, body), res) as Context
  // The middlewares around this one hold the same state object, so it is emptied and filled again instead of replaced.
  for (const name of Object.keys(ctx.state)) delete (ctx.state as Record<string, unknown>)[name]
  again.state = Object.assign(ctx.state, state)
  return again
}

/** Makes the answer of another look the answer to the request. */
export function answerAs(ctx: Context, again: Context): void {
  const { status, body } = again
  if (body !== undefined) ctx.body = body
  ctx.status = status
}

function keptBody(request: IncomingMessage): Buffer[] {
  const kept: Buffer[] = []
  const read = request.iterator.bind(request)
  async function* keeping(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      kept.push(chunk)
      yield chunk
    }
  }
  request.iterator = (options) => keeping(read(options) as AsyncIterable<Buffer>) // no encoding is set
  return kept
}

function withBody(request: IncomingMessage, body: readonly Buffer[]): IncomingMessage {
  async function* iterator(): AsyncGenerator<Buffer> {
    await Promise.resolve()
    yield* body
  }
  return Object.create(request, {
    readable: { value: true },
    iterator: { value: iterator },
  }) as IncomingMessage
}
