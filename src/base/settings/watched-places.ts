import { z } from 'zod'

// What a process looks at of its machine, so that an alarm can ring: room on disks, and the marks that jobs of the machine leave. It
// writes to none of these.

export type WatchedPlaces = {
  /** The folder into which the audit export writes. */
  readonly audit: string | undefined
  /** A folder on the disk of PostgreSQL, where that is a disk of this machine. */
  readonly database: string | undefined
  /** The folder of the files `copy` and `restore`: whoever copied the database, or tried to restore a copy, touches them. */
  readonly marks: string | undefined
}

export const watchedFields = {
  AUDIT_DIR: z.string().min(1).optional(),
  POSTGRES_DIR: z.string().min(1).optional(),
  MARKS_DIR: z.string().min(1).optional(),
}

type Values = { readonly [K in keyof typeof watchedFields]?: z.infer<(typeof watchedFields)[K]> }

export function watchedPlacesOf(values: Values): WatchedPlaces {
  const { AUDIT_DIR: audit, POSTGRES_DIR: database, MARKS_DIR: marks } = values
  return { audit, database, marks }
}
