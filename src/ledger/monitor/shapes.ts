import * as z from 'zod'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { fromBase64url } from '../../base/values/base64.ts'

// What a monitor keeps between two passes, and what it reads of `/keys`.

const text = z.string().max(20_000)
const count = z.number().int().nonnegative()
const instant = z.iso.datetime()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A public entry as the monitor saw it: index, SHA-256 of its document, and where the document is. */
const publicEntry = z.tuple([count, sha256, text])

const watchedLog = z.strictObject({
  /** Where it was served. */
  url: text,
  size: count,
  /** Its root, in hex. */
  root: sha256,
  /** The signed note of this tree: the proof, where the log later contradicts it. */
  note: z.string(),
  /** When the monitor saw a tree of this size first. */
  changedAt: instant,
  /** The verifier keys that this log is known by, each with the instant when it was first seen. */
  keys: z.record(text, instant),
  /** The last time that each witness says in a cosignature of this log, in seconds; 0 for a witness that never cosigned. */
  cosigned: z.record(text, count),
  publicEntries: z.array(publicEntry),
  /** Through which day its entries tell that all is closed. */
  closedThrough: z.iso.date().nullable().default(null),
  /** By their keys, the trees that witnesses had cosigned and that the log did not show. */
  ahead: z.record(text, z.strictObject({ size: count, root: sha256, seenAt: instant })),
})

const monitorState = z.strictObject({
  version: z.literal(1),
  url: text,
  /** When the last pass ended that found nothing wrong. */
  heldAt: instant.nullable(),
  /** The lines of witnesses, groups and quorum that were served; null where every pass was given a policy file. */
  witnesses: z.string().nullable(),
  logs: z.record(text, watchedLog),
  /** The keys of `/keys` by kid, each in canonical JSON. */
  keys: z.record(text, text),
  /** The keys of logs that documents of public entries announce. */
  announced: z.array(text),
  /** How many documents were read again since all of them were. */
  reread: count,
})

export type WatchedLog = z.infer<typeof watchedLog>
export type MonitorState = z.infer<typeof monitorState>

/** @returns undefined where the text is no state of a monitor */
export function stateFrom(json: string): MonitorState | undefined {
  return parsed(monitorState, json)
}

const keySet = z.object({
  keys: z.array(z.looseObject({ kid: z.string().max(200), purpose: z.string().max(50) })).max(400),
})

export type KeySet = z.infer<typeof keySet>

export function keySetFrom(json: string): KeySet | undefined {
  return parsed(keySet, json)
}

const logKeyDocument = z.object({ kind: z.literal('log-key'), origin: text, vkey: text })

/** The verifier key that this document of a public entry announces; undefined for any other document. */
export function announcedKey(document: Buffer): string | undefined {
  return parsed(logKeyDocument, document.toString())?.vkey
}

const ref = z.string().max(300)
const hash = z.string().max(64)

/** A version of the register as it is published: what is in it stays as it was read. */
const versionDocument = z.strictObject({
  kind: ref,
  id: ref,
  version: z.int().min(1),
  content: z.record(z.string(), z.unknown()),
})
export type VersionDocument = z.infer<typeof versionDocument>

/** The version of the register that this document is; undefined for any other document. */
export function versionIn(document: Buffer): VersionDocument | undefined {
  return parsed(versionDocument, document.toString())
}

export const signerContent = z.looseObject({ public_key: ref, until: ref.optional() })

export const changeContent = z.looseObject({
  plan_sha256: hash,
  objects: z
    .array(z.strictObject({ kind: ref, id: ref, version: z.int(), sha256: hash }))
    .max(20_000),
  signatures: z.array(z.looseObject({ signer: ref, jws: z.string().max(2000) })).max(20),
})
export type ChangeDocument = z.infer<typeof changeContent>

function parsed<T>(shape: z.ZodType<T>, json: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(json)).data
  } catch {
    return undefined // It is no JSON.
  }
}

const publishedKeys = z.object({
  keys: z.array(z.looseObject({ kid: z.string().max(200) })).max(400),
})

/** The keys that a text of `/keys` has, for whoever checks what they signed. */
export function keysFrom(json: string): PublishedKeys | undefined {
  return parsed(publishedKeys, json) as PublishedKeys | undefined // `jose` judges what a key is
}

/** Statements whose members promise that the log takes an entry in by a time. */
const promising = ['decision+jwt', 'disclosure-ack+jwt', 'effect-ack+jwt'] as const

const logPromise = z.looseObject({
  iss: z.url().max(300),
  jti: z.string().max(100).optional(),
  iat: count,
  origin: z.string().max(300),
  commitment: z.string().max(100),
  integrated_by: instant,
})
export type LogPromise = z.infer<typeof logPromise>

/** @param claims of a statement whose signature holds */
export function promiseFrom(claims: unknown): LogPromise | undefined {
  return logPromise.safeParse(claims).data
}

const head = z.looseObject({ typ: z.enum(promising), kid: z.string().max(200) })
const claimed = z.looseObject({ origin: z.string().max(300) })

/** What a text says of itself before anybody has checked it: what it is, by which key, and of which log; undefined: no promise. */
export function unprovedPromise(jws: string) {
  const [first = '', second = ''] = jws.split('.', 3)
  const [header, claims] = [first, second].map((part) => fromBase64url(part)?.toString() ?? '')
  const [typed, named] = [parsed(head, header ?? ''), parsed(claimed, claims ?? '')]
  return typed === undefined || named === undefined
    ? undefined
    : { typ: typed.typ, kid: typed.kid, origin: named.origin }
}
