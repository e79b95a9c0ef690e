import { Client } from 'pg'
import type { Explained } from './counted.ts'

// Statements that a house sent, asked again over tables that grew, or of which PostgreSQL knows something else: how many rows they look at.

/** `Query Parameters` is what PostgreSQL tells of the values: `$1 = 'x', $2 = NULL`. */
export type Sent = Explained & { readonly 'Query Parameters'?: string }

type Node = {
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
}

/**
 * Asks each text once more, as it was sent last; nothing of it stays. The database writes down how it ran, also what functions ask.
 * @param settings of the connection
 * @returns how many could be asked: inside of a function a value has a type that the text does not say
 */
export async function askAgain(
  url: string,
  sent: readonly Sent[],
  settings: readonly string[],
): Promise<number> {
  const options = ['auto_explain.log_analyze=on', 'auto_explain.log_timing=off', ...settings]
  const client = new Client({
    connectionString: url,
    options: options.map((one) => `-c ${one}`).join(' '),
  })
  await client.connect()
  let asked = 0
  try {
    for (const one of new Map(sent.map((each) => [each['Query Text'], each])).values())
      if (await isAsked(client, one)) asked += 1
  } finally {
    await client.end()
  }
  return asked
}

async function isAsked(client: Client, sent: Sent): Promise<boolean> {
  const [text, told = ''] = [sent['Query Text'], sent['Query Parameters']]
  if (!text.includes('$1')) return false
  const values = [...told.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map(([, value]) => value)
  await client.query('begin')
  try {
    await client.query(`prepare again as ${text}`)
    await client.query(`execute again (${values.join(', ')})`)
    return true
  } catch {
    return false
  } finally {
    await client.query('rollback')
    await client.query('deallocate all')
  }
}

/** The scans of a plan that ran, each with the rows that it looked at. */
export function looksOf(plan: object): { readonly at: string; readonly rows: number }[] {
  return nodesOf(plan).flatMap((node) => {
    const at = `${node['Relation Name'] ?? ''} ${node['Index Name'] ?? ''}`.trim()
    const each = (
      ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck'] as const
    )
      .map((name) => node[name] ?? 0)
      .reduce((sum, rows) => sum + rows)
    return at === '' ? [] : [{ at, rows: each * (node['Actual Loops'] ?? 0) }]
  })
}

function nodesOf(plan: unknown): Node[] {
  if (Array.isArray(plan)) return plan.flatMap(nodesOf)
  if (typeof plan !== 'object' || plan === null) return []
  return [plan, ...Object.values(plan).flatMap(nodesOf)]
}
