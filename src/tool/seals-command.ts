import type { Database } from '../base/database/database.ts'
import type { FirstMark, Sealing } from '../base/sealing/first-seals.ts'
import { firstMarks, sealFirst } from '../base/sealing/first-seals.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { StartError } from '../base/values/start-error.ts'
import { wordsIn } from '../base/values/parse-words.ts'
import { sealedTables } from '../house/sealed-tables.ts'

/** @returns what to print; undefined: wrong usage. @throws StartError where a table cannot be sealed so any more */
export async function sealsCommand(
  db: Database,
  args: readonly string[],
  now: Date,
  openSeals: () => Promise<RowSeals>,
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const seals = await openSeals()
  if (asked === 'list') {
    const marks = await firstMarks(db, seals)
    return marks.length === 0 ? ['no table was sealed as it stood'] : marks.map(lineOfMark)
  }
  const done = await sealFirst(db, seals, sealedTables, asked, now)
  const lines = done.map(lineOf)
  if (done.every(({ sealed }) => sealed === undefined))
    throw new StartError(['Nothing was sealed.', ...lines].join('\n'))
  return lines
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { operator: text, reason: text }
  return wordsIn(args, options, ({ operator = '', reason = '' }, positionals) => {
    if (args.join(' ') === 'list') return 'list'
    const isNamed = operator.length > 0 && operator.length <= 100
    const isExplained = reason.length > 0 && reason.length <= 500
    const isFirst = positionals.join(' ') === 'first'
    return isFirst && isNamed && isExplained ? { operator, reason } : undefined
  })
}

function lineOf(done: Sealing): string {
  const { table, sealed } = done
  if (sealed !== undefined) return `${table.padEnd(20)} sealed ${sealed}`
  if (done.before !== undefined) return lineOfMark(done.before)
  return `${table.padEnd(20)} has rows with a seal, so that none is sealed as it stands`
}

function lineOfMark({ tableName, rows, operator, reason, at, isTrue }: FirstMark): string {
  const line = `${tableName.padEnd(20)} sealed ${rows} on ${at.toISOString()}, by ${operator}: ${reason}`
  return isTrue ? line : `${line} (this mark is not as it was written)`
}
