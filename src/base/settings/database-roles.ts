/** The roles of the database beside the owner's, by name: `migrate` gives them what they need of what it makes. */
export type DatabaseRoles = {
  /** Of `serve`, `work` and the operator's tool. */
  readonly serving: string
  /** Of whoever only looks: `ledger verify`, psql. */
  readonly reading: string
}

export const usualRoles: DatabaseRoles = { serving: 'accord_serve', reading: 'accord_read' }
