import { z } from 'zod'
import { proseInBoth } from '../objects/file-fields.ts'

/** What can be ordered about a person: her chain and her activity say it. */
export const deedsAboutHer = [
  'suspend',
  'deceased',
  'restore',
  'counter-code',
  'close',
  'erase',
  'dossier',
  'export',
  'breach',
  'hold',
  'release',
  'settle',
] as const
/** What can be ordered. */
export const orderedDeeds = [
  ...deedsAboutHer,
  'restored',
  'matching',
  'brake',
  'brake-confirm',
  'brake-release',
  'office-first',
] as const
export type OrderedDeed = (typeof orderedDeeds)[number]

export const order = z.strictObject({
  type: z.literal('accord.order.v1'),
  issuer: z.url(),
  deed: z.enum(orderedDeeds),
  /** Whom it is about, as the command names her: `con_…`, `dec_…`; of a restore, the logs; of a lift, the body; of a brake, what it is on; of a desk, the body. */
  about: z.string().max(500),
  /** What else the command says. */
  details: z.record(z.string().max(40), z.string().max(500)),
  reason: proseInBoth,
  made_at: z.iso.datetime(),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
})

export type Order = z.infer<typeof order>
