import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { remarkWords } from './rows.ts'

export const body = z.strictObject({ word: z.enum(remarkWords) })

const answer = z.object({ reference: z.string(), made_at: z.iso.datetime() })
export type RemarkShape = typeof answer

export const operations = {
  remark: {
    scope: 'me',
    method: 'post',
    path: '/me/remarks',
    name: 'makeRemark',
    says: {
      fr: 'La personne dit si ce qu’elle a lu est clair.',
      en: 'The person says whether what she read is clear.',
    },
    request: body,
    answers: { 200: answer },
  },
} as const satisfies Readonly<Record<string, Operation>>
