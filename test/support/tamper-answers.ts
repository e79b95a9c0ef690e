import { revokeConsent } from '../../src/consent/record/index.ts'
import type { Transaction } from '../../src/base/database/database.ts'
import { isOutage } from '../../src/base/database/database-outages.ts'
import { acr } from '../consent/record/living.ts'
import type { Load } from './sharing-load.ts'
import { answerShown, currentRows, showAgain } from './sharing-load.ts'
import type { Chance, Tampered, Table } from './tampering.ts'
import { changeCell, pick } from './tampering.ts'

// Rows before their event: a row of a question or of its page is changed between the page and her press, and put back after it (decision
// 0194). Nothing is recorded, or what its page says.

type Asked = Awaited<ReturnType<typeof showAgain>>

const tables = ['consent_request', 'consent_request_item', 'presentation']
const maxDraws = 50

export type TriedAnswer = {
  /** Undefined: nothing was changed. */
  readonly change: Tampered | undefined
  /** Why nothing was recorded. */
  readonly refused?: string
  /** Whether what was recorded is what is recorded where nothing is changed. */
  readonly isAsShown?: boolean
}

/** She is shown a question; a cell of its rows changes, she says yes, and the cell is as it was. In a transaction that is undone. */
export async function tryAnswer(
  load: Load,
  tx: Transaction,
  personId: string,
  drawing?: { readonly chance: Chance; readonly all: readonly Table[] },
): Promise<TriedAnswer> {
  for (const { consentId, state } of await currentRows({ ...load, db: tx }, personId))
    if (state === 'active' || state === 'suspended')
      await revokeConsent(tx, load.notary, { personId, consentId, acr })
  const shown = await showAgain(load, tx, personId)
  // By a key that she had before the recovery that may still be undone.
  const key = await tx('passkeys').where({ personId }).first('passkeyId')
  const factorIds = key === undefined ? [] : [key.passkeyId]
  const asked = { ...shown, answer: { ...shown.answer, factorIds } }
  const plain = await termsUndone(load, tx, asked)
  const cell = drawing === undefined ? undefined : await drawCell(tx, asked, drawing)
  const change = cell?.tampered
  try {
    await tx.transaction((inner) => answerShown(load, inner, asked))
  } catch (error) {
    if (isOutage(error) || !(error instanceof Error)) throw error
    return { change, refused: error.message }
  } finally {
    await cell?.putBack()
  }
  return { change, isAsShown: (await termsOf(tx, asked)) === plain }
}

async function drawCell(
  tx: Transaction,
  { row: { requestId } }: Asked,
  { chance, all }: { readonly chance: Chance; readonly all: readonly Table[] },
) {
  for (let draw = 0; draw < maxDraws; draw++) {
    const drawn = pick(chance, tables)
    const table = all.find(({ name }) => name === drawn)
    if (table === undefined) throw new Error('a table is gone')
    const { rows } = await tx.raw<{ rows: { content: string }[] }>(
      `select to_jsonb(t)::text as content from ${table.name} t order by (request_id = ?) desc, 1 limit 20`,
      [requestId],
    )
    const [text, ...others] = rows.map(({ content }) => content)
    const cell =
      text === undefined ? undefined : await changeCell(tx, { chance, table, text, others })
    if (cell !== undefined) return cell
  }
  throw new Error('nothing could be drawn')
}

// What she allowed, whenever it was: its last day is a column of its own.
const ofTheMoment = ['arrangement_id', 'valid_from', 'valid_until', 'created_at']

async function termsOf(tx: Transaction, { row: { consentId } }: Asked): Promise<string> {
  const { rows } = await tx.raw<{ rows: { terms: string }[] }>(
    `select jsonb_build_array(to_jsonb(r) - ?::text[], c.state, c.max_uses)::text as terms
     from consent_record r join consent_current c using (consent_id) where consent_id = ?`,
    [ofTheMoment, consentId],
  )
  return rows[0]?.terms ?? 'nothing'
}

class Undone extends Error {}

async function termsUndone(load: Load, tx: Transaction, asked: Asked): Promise<string> {
  let terms = ''
  try {
    await tx.transaction(async (inner) => {
      await answerShown(load, inner, asked)
      terms = await termsOf(inner, asked)
      throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
  }
  return terms
}
