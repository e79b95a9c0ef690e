import type { LegalBasis } from '../../registry/index.ts'
import { articleOf, legalBases, sectionsOf } from '../../registry/index.ts'
import { codeList } from './code-list.ts'
import type { TableColumn } from './columns.ts'
import { bilingual, spaceSeparated } from './columns.ts'
import { basisFacts } from './facts-of-agreements.ts'

const columns: readonly TableColumn<LegalBasis>[] = [
  ...bilingual<LegalBasis>('label', ({ label }) => label),
  ['article', ({ article }) => article],
  ['article_url', (basis) => spaceSeparated(sectionsOf(basis).map(({ href }) => href.fr))],
  ['requires_consent', ({ requiresConsent: is }) => is],
  ['requires_agreement', ({ requiresAgreement: is }) => is],
  ['cai_delay_days', ({ caiDelayDays: days }) => days],
  ['citizen_may_object', ({ citizenMayObject: is }) => is],
  ['demands_case', ({ demandsCase: is }) => is],
  ['shown_after_days_at_most', ({ delay }) => delay?.maxDays ?? 0],
]

/** By which right one body sends to another. */
export const legalBasisList = codeList(legalBases, columns, (basis) => ({
  id: basis.id,
  said: () => ({ title: basis.label, about: articleOf(basis) }),
  explanation: basis.plainExplanation,
  facts: (tell) => basisFacts(basis, tell),
  content: {
    legal_basis_id: basis.id,
    article: basis.article,
    article_in_words: articleOf(basis),
    requires_consent: basis.requiresConsent,
    requires_agreement: basis.requiresAgreement,
    cai_delay_days: basis.caiDelayDays,
    citizen_may_object: basis.citizenMayObject,
    visibility_default: basis.delay === undefined ? 'visible' : 'delayed_allowed',
    shown_after_days_at_most: basis.delay?.maxDays ?? 0,
    demands_case: basis.demandsCase,
    cools: basis.cools,
    label: basis.label,
    plain_explanation: basis.plainExplanation,
  },
}))
