import { z } from 'zod'
import { Refusal } from '../../base/values/refusal.ts'
import { refuseAs } from '../../base/web/limits/rate-counts.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import type { SearchAsked, SearchingOfficer } from '../../people/searches/index.ts'
import { mostNoteCharacters, readReference, searchReasons } from '../../people/searches/index.ts'
import { bodyNo } from '../../registry/index.ts'
import type { DeskRoom } from './desk-room.ts'
import type { ReferenceFields } from './search-pages.ts'

// What an officer says of whom he looks for: the same by a form and by JSON.

export const referenceForm = z.object({
  numero: z.string().max(200),
  raison: z.enum(searchReasons).optional(),
  mots: z.string().max(2000),
})
export type ReferenceForm = z.infer<typeof referenceForm>

export const referenceJson = z.strictObject({
  reference: z.string().max(200),
  reason: z.enum(searchReasons),
  note: z.string().max(2000).default(''),
})

/** @throws Refusal desk.reference, desk.reason, desk.note (400) */
export function readReferenceForm(
  { pairwise, live }: DeskRoom,
  officer: OfficerSession,
  { numero, raison: reason, mots }: ReferenceForm,
): { readonly asked: SearchAsked; readonly by: SearchingOfficer } {
  const { organisation } = officer
  const reference = readReference(pairwise, organisation, numero)
  if (reference === undefined) throw new Refusal('desk.reference')
  if (reason === undefined) throw new Refusal('desk.reason')
  const note = mots.trim()
  if (note.length > mostNoteCharacters || (reason === 'other' && note === ''))
    throw new Refusal('desk.note', 400, { values: { count: mostNoteCharacters } })
  const by = { ...officer, body: bodyNo(live.current(), organisation) }
  return { asked: { reference, reason, note }, by }
}

/** For `catch` of a deed that is counted: it was too often, in words of its own. Other refusals are thrown on. */
export function refuseWhereOften(code: string): (error: unknown) => never {
  const refuse = refuseAs(code)
  return (error) => {
    if (error instanceof Refusal && error.code !== 'too-many-attempts') throw error
    return refuse(error)
  }
}

/** The fields of a form, as they were typed. */
export function fieldsOf(
  form: ReferenceForm | undefined,
  refused: Refusal | undefined,
): Omit<ReferenceFields, 'problem' | 'values'> {
  return {
    reasons: searchReasons,
    typed: { reference: form?.numero ?? '', reason: form?.raison, note: form?.mots ?? '' },
    mostNoteCharacters,
    field: fields[refused?.code ?? ''],
  }
}

const fields: Readonly<Record<string, ReferenceFields['field']>> = {
  'desk.reference': 'numero',
  'desk.reason': 'present',
  'desk.note': 'mots',
}
