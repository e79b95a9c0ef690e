import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'

// The library looks at a request once: it reads the body from the wire, and hangs things on Koa's context. A request that is
// judged once more gets a context of its own, with the same body, and its answer is put in the place of the first one.

/** A request as it was before anybody looked. */
export type SecondLook = {
  readonly headers: Context['res']['getHeaders'] extends () => infer Headers ? Headers : never
  readonly state: Context['state']
  /** What the library reads of the body, as it comes. */
  readonly body: Buffer[]
}

/** Before the first look. */
export function beforeLooking({ req, res, state }: Context): SecondLook {
  return { headers: res.getHeaders(), state: { ...state }, body: keptBody(req) }
}

/** A context for another look at the request, as if there had been none. */
export function lookAgain(ctx: Context, { headers, state, body }: SecondLook): Context {
  const { res } = ctx
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) res.setHeader(name, value)
  res.statusCode = 404 // as Koa begins
  const again = ctx.app.createContext(withBody(ctx.req, body), res) as Context
  // What stands outside reads the same object.
  for (const name of Object.keys(ctx.state)) delete (ctx.state as Record<string, unknown>)[name]
  again.state = Object.assign(ctx.state, state)
  return again
}

/** The answer of another look becomes the answer. */
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
