import { Problem, Refusal } from '../../base/values/refusal.ts'
import { closedToPrograms } from '../../people/accounts/index.ts'

type ProblemText = { readonly code?: string; readonly detail: string }

const illegal = {
  code: 'illegal_transition',
  detail: 'the consent is not in a state that allows this',
}

// Problems by the code of the refusal. A refusal that is not listed passes unchanged.
const told: ReadonlyMap<string, ProblemText> = new Map<string, ProblemText>([
  ['contact.none', { detail: 'channel: she has no address for it' }],
  ['dispute.already', { detail: 'she asked about this decision before' }],
  ['dispute.not-found', { detail: 'no such decision about this person' }],
  ['dispute.text', { detail: 'text: 1 to 2000 characters' }],
  ['dispute.too-many', { detail: 'ten of her questions wait for an answer' }],
  ['receipt.erased', { detail: 'no such receipt' }],
  ['receipt.not-found', { detail: 'no such receipt' }],
  ['sharing.not-found', { code: 'consent.not-found', detail: 'no such consent' }],
  ['sharing.not-live', illegal],
  ['sharing.not-now', illegal],
])

/** The codes with which a service that acts for a person is answered, where a page would say a refusal in words. */
export const toldCodes: readonly string[] = [
  'access.held',
  ...[...told].map(([code, text]) => text.code ?? code),
]

/** Turns a refusal, which the person's pages would say in words, into a problem for the service that acts for her; else unchanged. */
export function asToldToPrograms(error: unknown): unknown {
  const closed = closedToPrograms(error)
  if (closed !== error) return closed
  const found = error instanceof Refusal ? told.get(error.code) : undefined
  if (!(error instanceof Refusal) || found === undefined) return error
  return new Problem(found.code ?? error.code, error.status, found.detail)
}
