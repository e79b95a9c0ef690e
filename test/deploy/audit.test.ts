import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { fileOfHour } from '../../src/ledger/audit-export/hours.ts'
import { textOf } from './recipe.ts'

// The shippers of docs/operate/audit.en.md, held against what the export and the processes write.

const folder = '/var/log/accord-audit'
const unit = textOf('deploy/systemd/accord-audit.service')
const written = `${folder}/${fileOfHour(new Date(0))}`

function isMatched(glob: string): boolean {
  const pattern = glob.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')
  return new RegExp(`^${pattern}$`).test(written)
}

test('the unit writes where the shippers read, and whole lines are read from the beginning', () => {
  expect(unit).toContain(`--into ${folder} `)
  const { sources } = parse(textOf('deploy/audit/vector.yaml')) as {
    sources: { audit: { include: string[]; read_from: string; max_line_bytes: number } }
  }
  expect(sources.audit.include.filter(isMatched)).toHaveLength(1)
  expect(sources.audit).toMatchObject({ read_from: 'beginning', max_line_bytes: 64 * 1024 })
  const beat = parse(textOf('deploy/audit/filebeat.yml')) as {
    'filebeat.inputs': { paths: string[]; parsers: { ndjson: { target: string } }[] }[]
  }
  const [input] = beat['filebeat.inputs']
  expect(input?.paths.filter(isMatched)).toHaveLength(1)
  expect(input?.parsers[0]?.ndjson.target).toBe('')
})

test('Vector names the members of a request line as the log writes them', () => {
  const { transforms, sinks } = parse(textOf('deploy/audit/vector.yaml')) as {
    transforms: { refused: { source: string } }
    sinks: { siem: { inputs: string[]; acknowledgements: object } }
  }
  const named = [...transforms.refused.source.matchAll(/\bline\.(\w+)/g)].map(([, name]) => name)
  const fields = textOf('src/base/logging/log.ts')
  // pino's own, and what stands in each line.
  const others = new Set(['msg', 'time', 'instance', 'traceId'])
  for (const name of named)
    if (name !== undefined && !others.has(name)) expect(fields).toContain(`readonly ${name}?:`)
  expect(named).toEqual(expect.arrayContaining(['status', 'serviceId', 'instance', 'requestId']))
  expect(sinks.siem).toMatchObject({
    inputs: ['lines', 'refused'],
    acknowledgements: { enabled: true },
  })
})
