import Dialect from 'knex/lib/dialects/postgres/index.js'
import type { Asked } from 'knex/lib/dialects/postgres/index.js'

// A connection keeps what it parsed under a name. Nobody takes a name back: the texts that come later, long lists of values mostly, go
// without.
const mostNames = 500
const prefix = 'knex-'

/**
 * The pg dialect of knex, by which PostgreSQL parses each text once a connection. What a text gets is its name in all connections of
 * one pool (decision 0171).
 */
export function namingDialect(): typeof Dialect {
  const names = new Map<string, string>()
  return class extends Dialect {
    override _query(connection: unknown, asked: Asked): Promise<Asked> {
      const name = isNameable(asked) ? nameIn(names, asked.sql) : undefined
      if (name !== undefined) asked.options = { ...asked.options, name }
      return super._query(connection, asked)
    }
  }
}

/** Whether a name was given here, and says nothing about its statement. */
export function isGivenName(name: string): boolean {
  return name.startsWith(prefix)
}

// Without values PostgreSQL takes a text as a script, in one message. A star is whatever columns the table has: where a migration adds
// one, PostgreSQL refuses what it had parsed before (0A000).
function isNameable({ sql, bindings = [] }: Asked): boolean {
  return bindings.length > 0 && !sql.replaceAll('count(*)', '').includes('*')
}

function nameIn(names: Map<string, string>, text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= mostNames) return known
  const name = `${prefix}${names.size + 1}`
  names.set(text, name)
  return name
}
