import { OperatorError } from '../base/values/operator-error.ts'
import type { FirstMark, SealingOutcome } from '../base/sealing/first-seals.ts'
import { command, requiredText } from './command.ts'
import type { House } from './house.ts'

const loadSeals = () => import('../base/sealing/first-seals.ts')

export const sealsList = command('seals list', {
  says: 'which tables were sealed as they stood, when, by whom and why',
  asks: () => ({}),
  noted: { because: 'it shows marks of tables' },
  async run(_, house) {
    const { firstMarks } = await loadSeals()
    return house.withDatabase(async (db) => {
      const marks = await firstMarks(db, await house.openSeals())
      return marks.length === 0 ? ['no table was sealed as it stood'] : marks.map(lineOfMark)
    })
  },
})

export const sealsFirst = command('seals first', {
  says: `after a migration that brings seals: seals the rows that are older, as they stand, once for
each table, and tells how accesses stood that are older than the events of that. Before it, they open
nothing`,
  options: {
    operator: requiredText('NAME', 'who does it'),
    reason: requiredText('TEXT', 'why; both stand in the mark'),
  },
  asks({ operator, reason }) {
    const isNamed = operator.length > 0 && operator.length <= 100
    const isExplained = reason.length > 0 && reason.length <= 500
    return isNamed && isExplained ? { operator, reason } : undefined
  },
  noted: { action: 'seals-first' },
  run: seal,
})

export const commands = [sealsList, sealsFirst]

/** @throws OperatorError where no table can be sealed so any more */
async function seal(
  asked: { readonly operator: string; readonly reason: string },
  house: House,
): Promise<string[]> {
  const { sealFirst } = await loadSeals()
  const { firstSeals } = await import('../house/sealed-tables.ts')
  const { makeVault } = await import('../ledger/chain/index.ts')
  const { firstStandings } = await import('../people/accounts/index.ts')
  const { signalMapping } = await import('../consent/signals/index.ts')
  return house.withDatabase(async (db, now) => {
    const vault = makeVault((await house.openSigningKeys()).keys, signalMapping)
    const first = [...firstSeals, firstStandings(vault)]
    const done = await sealFirst(db, vault.seals, first, asked, now)
    const lines = done.map(lineOf)
    if (done.every(({ sealed }) => sealed === undefined))
      throw new OperatorError(['Nothing was sealed.', ...lines].join('\n'))
    return lines
  })
}

function lineOf(done: SealingOutcome): string {
  const { table, sealed } = done
  if (sealed !== undefined) return `${table.padEnd(20)} sealed ${sealed}`
  if (done.before !== undefined) return lineOfMark(done.before)
  return `${table.padEnd(20)} has rows with a seal, so that none is sealed as it stands`
}

function lineOfMark({ tableName, rows, operator, reason, at, isTrue }: FirstMark): string {
  const line = `${tableName.padEnd(20)} sealed ${rows} on ${at.toISOString()}, by ${operator}: ${reason}`
  return isTrue ? line : `${line} (this mark is not as it was written)`
}
