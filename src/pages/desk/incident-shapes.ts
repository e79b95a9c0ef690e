import { z } from 'zod'
import { incidentKinds, liftReasons, stopReasons } from '../../people/offices/index.ts'

// What incident officers send, by a form and over JSON.

const object = { kind: z.enum(incidentKinds), id: z.string().min(1).max(64) }

export const stopShape = z.object({ ...object, reason: z.enum(stopReasons) })
export type AskedStop = z.infer<typeof stopShape>

export const proposalShape = z.discriminatedUnion('deed', [
  z.object({ ...object, deed: z.literal('incident.hold'), reason: z.enum(stopReasons) }),
  z.object({ ...object, deed: z.literal('incident.lift'), reason: z.enum(liftReasons) }),
])
export type AskedProposal = z.infer<typeof proposalShape>

export const decisionShape = z.object({
  proposal: z.string().max(40),
  seen: z.string().regex(/^[0-9a-f]{64}$/),
  decision: z.enum(['done', 'refused']),
})
export type AskedDecision = z.infer<typeof decisionShape>

export const stopForm = z.preprocess(withThing, stopShape)
export const proposalForm = z.preprocess(withThing, proposalShape)

// In a form a thing is the value of one choice: `service mon-dossier`, `agreement agr_…`.
function withThing(form: unknown): unknown {
  if (typeof form !== 'object' || form === null || !('thing' in form)) return form
  const [kind, id, ...more] = typeof form.thing === 'string' ? form.thing.split(' ') : []
  return more.length === 0 ? { ...form, kind, id } : form
}
