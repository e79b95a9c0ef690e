import { isGivenName } from './named-statements.ts'
import type { SpanName } from '../logging/tracing.ts'
import { beginSpan } from '../logging/tracing.ts'

type Ask = (statement: unknown, ...more: readonly unknown[]) => unknown

/** Makes each statement of a connection a span, where it is part of a trace. Its values are in none. */
export function traceStatements(connection: object): void {
  const ask = (connection as { readonly query: Ask }).query.bind(connection) // the method of pg’s client
  const query: Ask = (statement, ...more) => {
    const end = beginSpan(() => spanOf(statement))
    if (end === undefined) return ask(statement, ...more)
    const told = more.at(-1)
    if (typeof told === 'function')
      return ask(statement, ...more.slice(0, -1), (error: unknown, ...result: unknown[]) => {
        end(error !== null && error !== undefined)
        told(error, ...result)
      })
    const asked = ask(statement, ...more)
    void Promise.resolve(asked).then(
      () => end(false),
      () => end(true),
    )
    return asked
  }
  Object.assign(connection, { query })
}

function spanOf(statement: unknown): SpanName {
  const summary = summaryOf(statement)
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': summary } as const
  return { name: summary, kind: 'client', attributes }
}

/** `select consents`: the name of a prepared statement, or the first word of a text and the first table, both as the code wrote them. */
function summaryOf(statement: unknown): string {
  const { name, text } =
    typeof statement === 'string' ? { text: statement } : (statement as Partial<Named>) // pg takes both
  if (typeof name === 'string' && !isGivenName(name)) return name
  const [word = 'statement'] = /^[a-z]{1,20}/.exec((text ?? '').trimStart().toLowerCase()) ?? []
  const [, table] = /\b(?:from|into|update)\s+"?([a-z_]{1,63})\b/i.exec(text ?? '') ?? []
  return table === undefined ? word : `${word} ${table}`
}

type Named = { readonly name: string; readonly text: string }
