import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/values/clock.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Log } from '../../base/logging/log.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { PartName } from './service-standing.ts'
import { plannedFile } from './shapes.ts'

// Work that operators announce, from a file of theirs. It is read again while the process runs.

export type PlannedWork = {
  readonly from: Date
  readonly until: Date
  readonly what: Bilingual
  /** What may not work meanwhile. */
  readonly parts: readonly PartName[]
}

const readAgainMs = 60_000
const mostBytes = 64 * 1024

/** What is planned and not over, the next first. @throws OperatorError where the file cannot be read as such */
export async function readPlannedWork(path: string): Promise<readonly PlannedWork[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new OperatorError(`PLANNED_WORK: ${path} cannot be read.`, { cause })
  })
  return parsePlannedWork(text, path)
}

/** @throws OperatorError that names each fault by its place */
export function parsePlannedWork(text: string, path: string): readonly PlannedWork[] {
  if (Buffer.byteLength(text) > mostBytes)
    throw new OperatorError(`PLANNED_WORK: ${path} is longer than ${mostBytes} bytes.`)
  const read = plannedFile.safeParse(jsonIn(text, path))
  if (!read.success) {
    const faults = read.error.issues.map((issue) => `  - ${placeOf(issue.path)}: ${issue.message}`)
    throw new OperatorError(`PLANNED_WORK: ${path} cannot be used:\n${faults.join('\n')}`)
  }
  return read.data
    .map(({ from, until, ...said }) => ({ ...said, from: new Date(from), until: new Date(until) }))
    .toSorted((one, other) => one.from.getTime() - other.from.getTime())
}

function jsonIn(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OperatorError(`PLANNED_WORK: ${path} is no JSON.`, { cause })
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.')
}

/**
 * What is planned now, read again each minute at most. A file that was good at the start and is not any more leaves what was read last.
 * @throws OperatorError
 */
export async function followPlanned(
  path: string | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<() => Promise<readonly PlannedWork[]>> {
  if (path === undefined) return () => Promise.resolve([])
  let known = await readPlannedWork(path)
  let readAt = performance.now()
  return async () => {
    if (performance.now() - readAt >= readAgainMs) {
      readAt = performance.now()
      known = await readPlannedWork(path).catch((error: unknown) => {
        if (!(error instanceof OperatorError)) throw error
        log.warn({ why: error.message }, 'planned work cannot be read: what was read last stays')
        return known
      })
    }
    const now = clock()
    return known.filter(({ until }) => until > now)
  }
}
