import { z } from 'zod'
import { isInternal } from '../values/internal-address.ts'
import { Secret } from '../values/secret.ts'

// OpenTelemetry's own variables, with the meaning that its specification gives them ("Environment Variable Specification",
// "OTLP Exporter Configuration Options"). A word that we do not know stops the start: the specification would ignore it.

export const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

export type TraceSettings = {
  /** Of all signals, and of traces alone, where they go (OTLP over HTTP, JSON). Both absent: there are no spans. */
  readonly base: string | undefined
  readonly endpoint: string | undefined
  readonly exporter: 'otlp' | 'none'
  readonly isDisabled: boolean
  /** `name=value,…`, percent-encoded: what the collector wants to know of us, often a secret. */
  readonly headers: Secret | undefined
  readonly serviceName: string
  /** `name=value,…`, percent-encoded: what else every span says of this process. */
  readonly resource: string
  readonly sampler: (typeof samplers)[number]
  /** Of a hundred requests, so many hundredths are traced. Only the samplers of a ratio read it. */
  readonly ratio: number
}

const pairs = z
  .string()
  .max(4096)
  .refine(
    (text) => pairsOf(text) !== undefined,
    'expects name=value, percent-encoded, separated by commas',
  )
  .optional()
const endpoint = z
  .url({ protocol: /^https?$/ })
  .refine(
    isWithoutSecret,
    'expects no user and nothing behind a question mark: what the collector wants to know is in OTEL_EXPORTER_OTLP_HEADERS',
  )
  .optional()

export const traceFields = {
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/json').optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs,
  OTEL_SERVICE_NAME: z.string().min(1).max(255).optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs,
  OTEL_TRACES_SAMPLER: z.enum(samplers).optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).optional(),
}

type Fields = z.infer<z.ZodObject<typeof traceFields>>

export function traceSettingsOf(env: Fields): TraceSettings {
  const headers = env.OTEL_EXPORTER_OTLP_HEADERS
  return {
    base: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    endpoint: env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    exporter: env.OTEL_TRACES_EXPORTER ?? 'otlp',
    isDisabled: env.OTEL_SDK_DISABLED === 'true',
    headers: headers === undefined ? undefined : new Secret(headers),
    serviceName: env.OTEL_SERVICE_NAME ?? 'accord',
    resource: env.OTEL_RESOURCE_ATTRIBUTES ?? '',
    sampler: env.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: env.OTEL_TRACES_SAMPLER_ARG ?? 1,
  }
}

/** Where spans go, or undefined: this process traces nothing, and loads nothing for it. */
export function collectorOf({ base, ...settings }: TraceSettings): string | undefined {
  if (settings.isDisabled || settings.exporter === 'none') return undefined
  return settings.endpoint ?? (base === undefined ? base : `${base.replace(/\/$/, '')}/v1/traces`)
}

/** What is not safe outside the demonstration, a line each, the variable first. */
export function unsafeTraces(settings: TraceSettings): string[] {
  const target = collectorOf(settings)
  if (target === undefined) return []
  const { protocol, hostname } = new URL(target)
  if (protocol === 'https:' || isInternal(hostname.replaceAll(/[[\]]/g, ''))) return []
  return [
    'OTEL_EXPORTER_OTLP_ENDPOINT must begin with https://, unless it names localhost or an address of an internal network',
  ]
}

// An address is shown to operators, and is no secret.
function isWithoutSecret(text: string): boolean {
  if (!URL.canParse(text)) return true // that it is no address is said already
  const { username, password, search, hash } = new URL(text)
  return [username, password, search, hash].every((part) => part === '')
}

/** `a=1,b=%20` as pairs, undefined where it is none (W3C Baggage without properties). */
export function pairsOf(text: string): Readonly<Record<string, string>> | undefined {
  const parts = text.split(',').filter((part) => part.trim() !== '')
  const read = parts.map((part) => /^\s*([\w.-]+)\s*=\s*([!-+\--:<-[\]-~]*)\s*$/.exec(part))
  try {
    return Object.fromEntries(
      read.map((pair) => {
        if (pair === null) throw new URIError('no pair')
        return [pair[1] ?? '', decodeURIComponent(pair[2] ?? '')]
      }),
    )
  } catch {
    return undefined
  }
}
