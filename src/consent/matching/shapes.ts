import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { maxNameCharacters } from '../../people/comparison/index.ts'
import { toldReasons } from './rows.ts'

// A longer name than is read gets an answer of its own, up to this limit.
const mostSent = 4 * maxNameCharacters
const text = z.string().max(mostSent)

export const body = z.strictObject({
  given_name: text.describe('As the file has it; empty, if the file has one name only'),
  family_name: text,
  birthdate: text.describe('YYYY-MM-DD'),
})

const answer = z.object({
  result: z.enum(['match', 'no_match', 'not_sure']),
  reason: z
    .enum(Object.values(toldReasons))
    .describe('One for each result: what differs stands in her activity alone'),
  reference: z.string().describe('For a clerk, and for the person, who reads it in her activity'),
  answered_at: z.iso.datetime(),
})
export type AnswerShape = typeof answer

export const operations = {
  match: {
    scope: 'match',
    method: 'post',
    path: '/matching',
    name: 'matchFile',
    says: {
      fr: 'Ce dossier est-il celui de la personne qui est connectée ici?',
      en: 'Does this file belong to the person who is signed in here?',
    },
    request: body,
    answers: { 200: answer },
  },
} as const satisfies Readonly<Record<string, Operation>>
