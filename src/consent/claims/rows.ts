import type { TableRow } from '../../base/database/tables.ts'

/** What a person said to a service that asked for a claim; `purposeSha256` is of the purpose that she was shown (`question.ts#purposeHash`). */
export type ClaimAnswer = TableRow<'claim_answer'>

export type StoredAnswer = ClaimAnswer & { readonly seal: Buffer }
