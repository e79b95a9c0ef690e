import { disputesOf, refusalOf } from '../../consent/disputes/index.ts'
import { followUps } from '../../consent/disclosures/index.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import type { Organisation } from '../../registry/index.ts'
import type { ActivityReading } from './activity-reading.ts'
import { outcomeOf, outcomeOfLine, partiesOf, referenceOf } from './activity-reading.ts'
import { linesWanted, noFilter } from './filter.ts'
import type { LineRow } from './rows.ts'
import { linesOf } from './store.ts'

// The last line of a person that says that something was sent, or may have been.

const outcomes = ['sent', 'allowed', 'unconfirmed', 'unpermitted'] as const
const kinds = ['recorded', 'authorised', 'unconfirmed', 'unpermitted']

export type LastSending = {
  /** As its line says; a recipient that confirms a sending has `received`. */
  readonly became: (typeof outcomes)[number] | 'received'
  readonly at: Date
  readonly holder: Organisation | undefined
  readonly recipient: Organisation | undefined
  /** Categories, by their ids. */
  readonly what: readonly string[]
  /** Where she asks about it; undefined: she cannot, or has asked. */
  readonly askPath: string | undefined
}

export async function lastSending(reading: ActivityReading): Promise<LastSending | undefined> {
  const { db, personId, register, now } = reading
  const wanted = linesWanted(noFilter, [], reading)
  const sources = ['decisions', 'receptions'] as const
  const [row] = await linesOf(db, personId, { ...wanted, sources, kinds }, { limit: 1 })
  const became = row && outcomes.find((known) => known === outcomeOfLine(row, now))
  if (row === undefined || became === undefined) return undefined
  const dataset = register.datasetByNo(row.dataset ?? 0)
  return {
    became: became === 'sent' && (await isReceived(reading, row)) ? 'received' : became,
    at: became === 'sent' ? (row.otherAt ?? row.at) : row.at,
    ...partiesOf(row, register),
    what: dataset === undefined ? [] : categoriesIn(dataset, row.categories),
    askPath: await askPathOf(reading, row),
  }
}

async function isReceived({ db, now }: ActivityReading, row: LineRow): Promise<boolean> {
  const decision = { decisionId: row.id, evaluatedAt: row.at, ...outcomeOf(row.kind) }
  return (await followUps(db, [decision], now)).get(row.id)?.isReceived === true
}

async function askPathOf({ db, personId }: ActivityReading, row: LineRow) {
  if (row.source !== 'decisions') return undefined
  const disputes = await disputesOf(db, personId, [row.id])
  if (refusalOf(disputes, row.id) !== undefined) return undefined
  return `/mes-partages/signalements/${referenceOf(row)}?de=question`
}
