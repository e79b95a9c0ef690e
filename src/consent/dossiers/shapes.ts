import { z } from 'zod'

// What is read of files that others gave: a dossier's claims, and an auditor's key.

const event = z.strictObject({
  person_seq: z.int().min(1),
  entry: z.base64(),
  payload: z.string().optional(),
  salt: z.base64().optional(),
  proof: z.string().optional(),
})
export const dossier = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  from: z.string(),
  to: z.string(),
  order: z.looseObject({
    about: z.string(),
    reason: z.looseObject({ fr: z.string(), en: z.string() }),
  }),
  signatures: z.array(z.looseObject({ office: z.looseObject({ fr: z.string(), en: z.string() }) })),
  operator: z.string().nullable(),
  /** Of one that no order made: at which desk two officers decided it. */
  desk: z.looseObject({ organisation: z.string() }).optional(),
  events: z.array(event),
})
export type Dossier = z.infer<typeof dossier>
export type CheckedEvent = z.infer<typeof event>

export const readingKey = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('X25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

export const privateReadingKey = readingKey.extend({ d: z.string() })
