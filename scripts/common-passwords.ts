import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dictionary as common } from '@zxcvbn-ts/language-common'
import { dictionary as english } from '@zxcvbn-ts/language-en'
import { dictionary as french } from '@zxcvbn-ts/language-fr'

// `npm run passwords`: writes the list of passwords that are not taken (src/signin/factors/common-passwords.ts).

export const listFile = join(import.meta.dirname, '../src/signin/factors/common-passwords.txt')

const fewest = 12

const head = `# Passwords that are tried first, in small letters. Written by npm run passwords; do not edit.
# Common passwords: @zxcvbn-ts/language-common, MIT, (c) 2012-2016 Dan Wheeler and Dropbox, Inc., (c) 2021 @zxcvbn-ts.
# Words of 12 letters and more: commonWords of @zxcvbn-ts/language-fr and language-en, from OpenSubtitles 2024
# (Helsinki-NLP / OPUS, https://opus.nlpl.eu/), ODC-BY; tokenised, counted, filtered.
`

// Common passwords of Québec, which international lists lack.
const ofHere = [
  'motdepasse',
  'bonjour',
  'jetaime',
  'quebec',
  'québec',
  'montreal',
  'montréal',
  'canadiens',
  'nordiques',
  'poutine',
  'tabarnak',
]

export function commonPasswords(): string {
  const words = [...french['commonWords-fr'], ...english['commonWords-en']]
  const all = [
    ...common['passwords-common'],
    ...words.filter((word) => word.length >= fewest),
    ...ofHere,
  ]
  const plain = all.map((word) => word.normalize('NFKC').toLowerCase())
  return (
    head +
    [...new Set(plain)]
      .toSorted()
      .map((word) => `${word}\n`)
      .join('')
  )
}

if (process.argv[1] === import.meta.filename) await writeFile(listFile, commonPasswords())
