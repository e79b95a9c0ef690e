import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// confusables.txt is the unchanged data file of Unicode 17.0.0 (UTS #39), under the licence beside it. A newer version replaces
// the file as it comes: its last line says how many entries it has, and the reader counts them.

const file = join(import.meta.dirname, 'confusables.txt')

let prototypes: ReadonlyMap<string, string> | undefined

/**
 * UTS #39, section 4: two texts that people may take for each other have the same skeleton.
 * @throws Error when the data file is not whole
 */
export function skeleton(text: string): string {
  prototypes ??= readConfusables(readFileSync(file, 'utf8'))
  const table = prototypes
  const visible = text.normalize('NFD').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
  return Array.from(visible, (character) => table.get(character) ?? character)
    .join('')
    .normalize('NFD')
}

/** Two texts of one look are one name, whatever their capitals and spaces. */
export function lookOf(text: string): string {
  return skeleton(text.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim().toLowerCase())
}

/** Of names and addresses, where a capital says nothing and a digit may pass for a letter: two of one likeness are taken for each other. */
export function likenessOf(text: string): string {
  return skeleton(skeleton(text.normalize('NFKC').toLowerCase()).toLowerCase())
}

/** Each character of a data file with what it looks like. @throws Error when an entry is missing or malformed */
export function readConfusables(data: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of data.split('\n')) {
    const entry = /^([0-9A-F]{4,6}) ;\t([0-9A-F ]+) ;\tMA\t/.exec(line)
    if (entry === null) continue
    const [, source = '', target = ''] = entry
    found.set(charactersOf(source), charactersOf(target))
  }
  const total = /^# total: (\d+)$/m.exec(data)?.[1]
  if (Number(total) !== found.size)
    throw new Error(`confusables.txt has ${found.size} entries and says ${total}`)
  return found
}

function charactersOf(hexadecimals: string): string {
  const points = hexadecimals.split(' ').map((hexadecimal) => Number.parseInt(hexadecimal, 16))
  return String.fromCodePoint(...points)
}
