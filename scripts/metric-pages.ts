import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../src/base/values/languages.ts'
import type { Metric } from '../src/base/logging/metrics.ts'
import { metrics } from '../src/base/logging/metrics.ts'

const folder = join(import.meta.dirname, '../docs/operate')

const words = {
  fr: {
    file: 'metrics.md',
    end: '<!-- telles que le code les a -->',
    heads: ['mesure', 'genre', 'étiquettes', 'ce qu’elle dit'],
    told: { process: 'Le processus dit', database: 'La base dit' },
    kinds: { counter: 'compteur', gauge: 'jauge', histogram: 'histogramme' },
    named: (most: number) => `${most} noms au plus, et \`other\``,
    lists: 'Ce que les étiquettes peuvent dire :',
  },
  en: {
    file: 'metrics.en.md',
    end: '<!-- as the code has them -->',
    heads: ['metric', 'kind', 'labels', 'what it says'],
    told: { process: 'The process tells', database: 'The database tells' },
    kinds: { counter: 'counter', gauge: 'gauge', histogram: 'histogram' },
    named: (most: number) => `${most} names at most, and \`other\``,
    lists: 'What labels may say:',
  },
} as const
const begin = '<!-- npm run metrics -->'

/** The pages of docs/operate/ about metrics with the tables as they should be: file → text. */
export function metricPages(): ReadonlyMap<string, string> {
  return new Map((['fr', 'en'] as const).map(pageIn))
}

function pageIn(language: Language): [string, string] {
  const { file, end } = words[language]
  const text = readFileSync(join(folder, file), 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file} has no place for the tables`)
  const tables = tablesIn(language).join('\n')
  return [file, `${text.slice(0, from)}${begin}\n\n${tables}\n\n${text.slice(to)}`]
}

function tablesIn(language: Language): string[] {
  const { told, heads, lists } = words[language]
  const all: readonly Metric[] = Object.values(metrics)
  const tables = (['process', 'database'] as const).flatMap((by) => [
    `### ${told[by]}`,
    '',
    `| ${heads.join(' | ')} |`,
    `|${'---|'.repeat(heads.length)}`,
    ...all.filter((one) => one.told === by).map((one) => rowOf(one, language)),
    '',
  ])
  return [...tables, lists, '', ...listsIn(all, language)]
}

function rowOf({ name, kind, labels, says }: Metric, language: Language): string {
  const names = Object.keys(labels).map((label) => `\`${label}\``)
  return `| \`${name}\` | ${words[language].kinds[kind]} | ${names.join(', ')} | ${says[language]} |`
}

function listsIn(all: readonly Metric[], language: Language): string[] {
  const said = all.flatMap(({ labels }) =>
    Object.entries(labels)
      .filter(([, list]) => !('named' in list) || list.most > 1)
      .map(([label, list]) => {
        const values =
          'named' in list
            ? words[language].named(list.most)
            : list.map((value) => `\`${value}\``).join(', ')
        return `- \`${label}\`${language === 'fr' ? '\u00a0' : ''}: ${values}`
      }),
  )
  return [...new Set(said)].toSorted()
}

/** `npm run metrics` */
if (import.meta.main)
  for (const [file, text] of metricPages()) writeFileSync(join(folder, file), text)
