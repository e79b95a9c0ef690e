import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tracesKeptMonths } from '../../../src/base/jobs/sweep-jobs.ts'

const root = join(import.meta.dirname, '../../..')
const spelled: Readonly<Record<string, number>> = { treize: 13, thirteen: 13 }
const named = /(\d+|treize|thirteen)[\s\u00a0\u202f]+(?:mois|months)\b/g

/** The numbers of months that these words name. */
function monthsIn(text: string): number[] {
  return [...text.matchAll(named)].map(([, word = '']) => spelled[word] ?? Number(word))
}

test.each(['fr', 'en'])(
  'pages say how long activity is kept, as the sweep keeps it (%s)',
  (language) => {
    const file = join(root, `views/locales/${language}.json`)
    const words = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>> // strings alone
    for (const key of [
      'my-activity.kept',
      'my-data.data.activity-text',
      'site.privacy.kept-activity',
    ])
      expect(monthsIn(words[key] ?? ''), key).toEqual([tracesKeptMonths])
  },
)

test.each(['operate', 'operate/audit', 'operate/inventory'])(
  '%s says it in both languages, and names no other number of months',
  (page) => {
    const [french, english] = ['.md', '.en.md'].map((ending) =>
      monthsIn(readFileSync(join(root, `docs/${page}${ending}`), 'utf8')),
    )
    expect(new Set(french)).toEqual(new Set([tracesKeptMonths]))
    expect(english).toEqual(french)
  },
)
