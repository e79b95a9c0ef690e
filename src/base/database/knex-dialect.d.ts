// A file of knex that it does not describe: the dialect, which a client of one's own extends. The version in package.json is exact, and
// test/base/database/database.test.ts sees at PostgreSQL what becomes of it.

declare module 'knex/lib/dialects/postgres/index.js' {
  import type { Knex } from 'knex'

  export type Asked = {
    readonly sql: string
    readonly bindings?: readonly unknown[]
    /** What is handed on to pg with the statement. */
    options?: object
  }

  export default class Client_PG extends Knex.Client {
    _query(connection: unknown, asked: Asked): Promise<Asked>
  }
}
