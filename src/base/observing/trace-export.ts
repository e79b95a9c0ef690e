import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Log } from '../logging/log.ts'
import type { TraceSettings } from '../settings/trace-settings.ts'
import { pairsOf } from '../settings/trace-settings.ts'
import { traceBy } from '../logging/tracing.ts'

// The SDK of OpenTelemetry. It is loaded where spans have a collector, and nowhere else.

// A collector that is away or hangs costs this memory at most, and no request waits for it.
const mostWaiting = 2048
const batch = 512
// A stop sends all that waits at once.
const batchesAtOnce = 8
/** How often spans are sent, how long that may take, and how long a process that stops waits for its last ones to leave. */
const usualPace = { pauseMs: 2000, exportMs: 5000, lastMs: 2000 }
const silentMs = 60_000
const limits = {
  attributeValueLengthLimit: 256,
  attributeCountLimit: 16,
  eventCountLimit: 0,
  linkCountLimit: 1,
}

export type TraceExport = {
  /** Sends what waits. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Sends spans to a collector until `stop`, which waits for the last ones, and not long. */
export async function startTracing(
  collector: string,
  settings: TraceSettings,
  log: Log,
  { pauseMs, exportMs, lastMs } = usualPace,
): Promise<TraceExport> {
  const exporter = new OTLPTraceExporter({
    url: collector,
    headers: pairsOf(settings.headers?.reveal() ?? '') ?? {},
    timeoutMillis: exportMs,
    concurrencyLimit: batchesAtOnce,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      ...pairsOf(settings.resource),
      'service.name': settings.serviceName,
      'service.version': await ownVersion(),
      'service.instance.id': randomUUID(),
    }),
    sampler: samplerOf(settings),
    spanLimits: limits,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: toldInTheLog(exporter, new URL(collector).host, log),
        maxQueueSize: mostWaiting,
        maxExportBatchSize: batch,
        scheduledDelayMillis: pauseMs,
        exportTimeoutMillis: exportMs,
      }),
    ],
  })
  const end = traceBy(provider, new AsyncLocalStorageContextManager().enable())
  return {
    flush: () => provider.forceFlush().catch(() => undefined),
    async stop() {
      end()
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, lastMs).unref()
      })
      await Promise.race([provider.shutdown().catch(() => undefined), late])
    },
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function samplerOf({ sampler, ratio }: TraceSettings): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[sampler.replace('parentbased_', '') as 'always_on' | 'always_off' | 'traceidratio']() // each sampler's name is one of these
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

/** The same, with a line in the log when spans do not arrive: once a minute at most. */
function toldInTheLog(exporter: SpanExporter, host: string, log: Log): SpanExporter {
  let quietUntil = 0
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() > quietUntil) {
          quietUntil = performance.now() + silentMs
          log.warn({ host, why: 'the collector does not take them' }, 'traces are lost')
        }
        done(result)
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}
