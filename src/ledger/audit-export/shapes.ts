import { z } from 'zod'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** What a digest says of an hour. Its signature is of kind `audit-digest+jwt`. */
export const digestClaims = z.object({
  iss: z.string().max(300),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  lines: z.int().min(0),
  /** Of the lines, each with its line feed. */
  sha256: hash,
  /** Of the signature of the digest before; null: it is the first one of its folder. */
  previous: hash.nullable(),
  /** The name of the key of references. */
  key: z.string().max(40),
  /** The last deed of operators in these lines or in those before them. */
  deed: z.object({ number: z.int().min(1), sha256: hash }).nullable(),
})
export type DigestClaims = z.infer<typeof digestClaims>

/**
 * What is signed of the hour that is not over, each time before lines follow: the digest of the lines until there, which ends nothing
 * (`until` is `from`), and how long the file is. A run goes on behind these lines alone.
 */
export const openClaims = digestClaims.extend({ bytes: z.int().min(0) })
export type OpenClaims = z.infer<typeof openClaims>

/** What is signed of how far an export has come, of the same kind: it has no member of a digest but these two, and no digest is one. */
export const progressClaims = z.strictObject({ iss: z.string().max(300), until: z.iso.datetime() })
export type ProgressClaims = z.infer<typeof progressClaims>

/** The file that says what a folder is of. */
export const folderFile = z.strictObject({
  type: z.literal('accord.audit-export.v1'),
  folder_id: z.uuid(),
  issuer: z.string().max(300),
  key: z.string().max(40),
  since: z.iso.datetime(),
})
export type FolderFile = z.infer<typeof folderFile>

/** The file that says what is signed of the hour that is not over. */
export const openFile = z.strictObject({ jws: z.string().max(4000) })

/** What is read of a line again. */
export const lineRead = z.looseObject({
  '@timestamp': z.string().max(40),
  event: z.looseObject({
    id: z.string().max(40).optional(),
    dataset: z.string().max(40).optional(),
    sequence: z.int().optional(),
  }),
  accord: z.looseObject({ late: z.boolean().optional() }).optional(),
})
