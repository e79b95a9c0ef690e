import type { ContextManager, Link, Span, TracerProvider } from '@opentelemetry/api'
import {
  context,
  INVALID_SPANID,
  INVALID_TRACEID,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api'

// Spans by the API of OpenTelemetry. Without a provider the API gives spans that record nothing, and no module of the SDK is loaded
// (trace-export.ts). A trace holds nothing personal: what a span may say is the closed list below, and each value is a word of the
// code, a template of an address, or a number. No path, query, address of a client, User-Agent, id or message of an error gets in.

/** HTTP’s own methods; any other is called so (OpenTelemetry, semantic conventions of HTTP). */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const
export type TracedMethod = (typeof methods)[number]

export type SpanAttributes = {
  readonly 'http.request.method'?: TracedMethod
  /** A template: `/me/consents/:id`. */
  readonly 'http.route'?: string
  readonly 'http.response.status_code'?: number
  readonly 'db.system.name'?: 'postgresql'
  /** The name of a prepared statement, or the first word of another one with its table. Never a value. */
  readonly 'db.query.summary'?: string
  /** A host that the operator named (OUTBOUND_ALLOW). Of others only that they are called. */
  readonly 'server.address'?: string
  readonly 'accord.job'?: string
  readonly 'accord.attempt'?: number
}

export function methodOf(given: string | undefined): TracedMethod {
  return methods.find((method) => method === given) ?? '_OTHER'
}

export type SpanName = {
  readonly name: string
  readonly kind: 'server' | 'client' | 'consumer' | 'internal'
  readonly attributes: SpanAttributes
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const

/** Hands a span’s attributes over, and ends it. */
export type EndSpan = (failed: boolean, attributes?: SpanAttributes & { name?: string }) => void

/** Work that begins a trace of its own. @param parent whose trace it is said to follow from, by a header `traceparent` */
export async function inNewTrace<T>(
  span: SpanName,
  work: (end: EndSpan) => Promise<T>,
  parent = '',
): Promise<T> {
  return within(started(span, true, linksTo(parent)), work)
}

/** Work inside the trace that goes on, if one does. */
export async function inSpan<T>(span: SpanName, work: () => Promise<T>): Promise<T> {
  return isTraced() ? within(started(span, false, []), work) : work()
}

/** A span inside the trace that goes on, if one does; the caller says when it ends. */
export function beginSpan(span: () => SpanName): EndSpan | undefined {
  return isTraced() ? ending(started(span(), false, [])) : undefined
}

/** Whether what runs now is part of a trace that is sent. */
export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true
}

/** The number of the trace that goes on and is sent. */
export function traceIdNow(): string | undefined {
  return isTraced() ? trace.getActiveSpan()?.spanContext().traceId : undefined
}

/** From now on spans go to this provider, until the function that it returns is called. */
export function traceBy(provider: TracerProvider, manager: ContextManager): () => void {
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(manager)
  return () => {
    trace.disable()
    context.disable()
  }
}

function started({ name, kind, attributes }: SpanName, root: boolean, links: Link[]): Span {
  return trace.getTracer('accord').startSpan(name, { kind: kinds[kind], attributes, root, links })
}

async function within<T>(span: Span, work: (end: EndSpan) => Promise<T>): Promise<T> {
  const end = ending(span)
  try {
    const done = await context.with(trace.setSpan(context.active(), span), work, undefined, end)
    end(false)
    return done
  } catch (error) {
    end(true) // The message of an error may hold what it is about: the log has its class and our own frames.
    throw error
  }
}

function ending(span: Span): EndSpan {
  return (failed, { name, ...attributes } = {}) => {
    if (!span.isRecording()) return
    span.setAttributes(attributes)
    if (name !== undefined) span.updateName(name)
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }
}

// W3C Trace Context, section 3.2. Anybody can send one, through every proxy: it decides neither the number of our trace nor whether
// there is one, and the free text beside it (tracestate) is not read.
function linksTo(traceparent: string): Link[] {
  const [, traceId = INVALID_TRACEID, spanId = INVALID_SPANID] =
    /^00-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/.exec(traceparent) ?? []
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return []
  return [{ context: { traceId, spanId, traceFlags: TraceFlags.NONE, isRemote: true } }]
}
