import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chart } from './chart.ts'
import type { Processes } from './processes-report.ts'
import { processesReport } from './processes-report.ts'
import { markdown } from './report.ts'
import type { Results } from './results.ts'
import { say } from './stops.ts'

const docs = join(import.meta.dirname, '../docs')

export async function writeDocuments(results: Results): Promise<void> {
  await writeFile(join(docs, 'performance.json'), `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(join(docs, 'performance.md'), markdown(results))
  await writeFile(join(docs, 'performance.svg'), chart(results))
  say('written: docs/performance.json, docs/performance.md, docs/performance.svg')
}

export async function writeProcesses(results: Processes): Promise<void> {
  await writeFile(join(docs, 'processes.json'), `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(join(docs, 'processes.md'), processesReport(results))
  say('written: docs/processes.json, docs/processes.md')
}
