import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Language } from '../src/base/values/languages.ts'

// Alarms are declared in deploy/monitoring/alerts.yml alone. What pages tell of them as a whole, and how many they are, is written from it.

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/operate/incidents')

export const severities = ['critical', 'warning', 'heartbeat'] as const
export type Rule = {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: (typeof severities)[number] }
  readonly annotations: Readonly<Record<'summary' | 'summary_en' | 'runbook_url', string>>
}

export function alarmRules(): Rule[] {
  const text = readFileSync(join(root, 'deploy/monitoring/alerts.yml'), 'utf8')
  const { groups } = parse(text) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[]
  }
  return groups.flatMap((group) => group.rules)
}

const words = {
  fr: {
    file: 'README.md',
    ending: '.md',
    heads: ['alarme', 'que faire'],
    severity: { critical: 'réveille', warning: 'le lendemain', heartbeat: 'sonne toujours' },
    count: (all: number, of: Count) =>
      `Il y a ${all} alarmes : ${of('critical')} réveillent quelqu’un, ${of('warning')} attendent le jour ouvrable, ${of('heartbeat')} sonne toujours.`,
    end: '<!-- telles que les règles les ont -->',
  },
  en: {
    file: 'README.en.md',
    ending: '.en.md',
    heads: ['alarm', 'what to do'],
    severity: { critical: 'wakes', warning: 'next day', heartbeat: 'always rings' },
    count: (all: number, of: Count) =>
      `There are ${all} alarms: ${of('critical')} wake somebody, ${of('warning')} wait for the working day, ${of('heartbeat')} always rings.`,
    end: '<!-- as the rules have them -->',
  },
} as const
type Count = (severity: (typeof severities)[number]) => number
const begin = '<!-- npm run alarms -->'

/** The pages that list all alarms, as they should be: file → text. */
export function alarmPages(): ReadonlyMap<string, string> {
  const rules = alarmRules()
  return new Map((['fr', 'en'] as const).map((language) => pageIn(language, rules)))
}

function pageIn(language: Language, rules: readonly Rule[]): [string, string] {
  const { file, end, count, heads, severity } = words[language]
  const text = readFileSync(join(folder, file), 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file} has no place for the alarms`)
  const of: Count = (wanted) => rules.filter(({ labels }) => labels.severity === wanted).length
  const rows = rules.map(
    ({ alert, labels, annotations }) =>
      `| \`${alert}\` (${severity[labels.severity]}) | ${linkTo(annotations.runbook_url, language)} |`,
  )
  const table = [`| ${heads.join(' | ')} |`, '|---|---|', ...rows].join('\n')
  return [
    file,
    `${text.slice(0, from)}${begin}\n\n${count(rules.length, of)}\n\n${table}\n\n${text.slice(to)}`,
  ]
}

function linkTo(page: string, language: Language): string {
  const file = page.replace(/^.*\//, '').replace(/\.md$/, words[language].ending)
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? []
  if (title === undefined) throw new Error(`${file} has no title`)
  return `[${title}](${file})`
}

/** `npm run alarms` */
if (import.meta.main)
  for (const [file, text] of alarmPages()) writeFileSync(join(folder, file), text)
