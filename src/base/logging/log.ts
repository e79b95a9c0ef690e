import pino from 'pino'
import { CallFailed } from '../values/outbound-error.ts'
import type { FailedCall } from '../values/outbound-error.ts'
import { traceIdNow } from './tracing.ts'

/** What may stand in a log line, and nothing else: never names, addresses, tokens (docs/design/security.md#logs). */
export type LogFields = {
  readonly requestId?: string
  readonly method?: string
  readonly route?: string
  readonly status?: number
  readonly ms?: number
  readonly outcome?: string
  readonly code?: string
  readonly job?: string
  readonly attempt?: number
  readonly serviceId?: string
  readonly host?: string
  /** Of a key. */
  readonly purpose?: string
  readonly count?: number
  /** `2026-12-01T18Z` */
  readonly hour?: string
  /** In our own words. */
  readonly why?: string
  /** A bug or an outage: only its class, code, and our own stack frames are written, for messages may hold secrets. */
  readonly error?: unknown
}

export type Log = {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

// Lines are written while requests go on, and the rest before the process ends. If the log's reader stops, lines are dropped, so
// that memory stays bounded.
const maxWaitingBytes = 8_000_000

/** @param instance stands in each line */
export function openLog(
  level: string,
  destination?: { write(line: string): void },
  instance?: string,
): Log {
  const logger = pino(
    {
      level,
      base: instance === undefined ? null : { instance },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination ?? pino.destination({ dest: 1, sync: false, maxLength: maxWaitingBytes }),
  )
  const write =
    (as: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
      const traceId = traceIdNow()
      logger[as](
        {
          ...(traceId !== undefined && { traceId }),
          ...fields,
          ...callIn(fields.error),
          error: fields.error === undefined ? undefined : traceOf(fields.error),
        },
        message,
      )
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

function callIn(error: unknown): Partial<FailedCall> {
  return error instanceof CallFailed ? error.call : {}
}

type Trace = { name: string; code?: string; frames: string[]; cause?: Trace }

const maxDepth = 4
const maxFrames = 8

function traceOf(error: unknown, depth = 0): Trace {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] }
  // In `stack` the message stands before the frames. It may hold secrets, and may look like a frame.
  const stack = error.stack ?? ''
  const frames = stack
    .slice(stack.indexOf(error.message) + error.message.length)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, maxFrames)
    .map((line) => line.trim().replace(/file:\/\/.*?\/(src|node_modules)\//, '$1/'))
  const trace: Trace = { name: error.name, frames }
  if ('code' in error && typeof error.code === 'string') trace.code = error.code
  if (error.cause !== undefined && depth < maxDepth) trace.cause = traceOf(error.cause, depth + 1)
  return trace
}
