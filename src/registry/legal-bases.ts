/** What a sharing may rest on: a closed list in the code, which an agreement names (DOMAIN 2.1, 7). */
export type LegalBasis = {
  readonly id: string
  /** LAI: chapter; LGGRI: chapter G-1.03. A court order rests on no one section. */
  readonly article: string
  readonly requiresConsent: boolean
  /**
   * Days after the Commission d’accès à l’information has received the agreement before it may be in force (LAI 68, 67.2.3),
   * which is signed after a privacy impact assessment. 0: the law asks for neither.
   */
  readonly caiDelayDays: 0 | 30
  readonly label: { readonly fr: string; readonly en: string }
}

// `deemed_65_0_2` is left out until counsel has confirmed how it goes with a consent given here.
export const legalBases: readonly LegalBasis[] = [
  consent('consent_53', 'LAI 53, 53.1', 'Consentement', 'Consent'),
  consent(
    'consent_59_sensitive',
    'LAI 53.1, 59',
    'Consentement exprès à l’envoi de renseignements sensibles',
    'Express consent to the disclosure of sensitive information',
  ),
  provision('law_67', 'LAI 67', 'Application d’une loi', 'Application of an Act'),
  provision('collective_67_1', 'LAI 67.1', 'Convention collective', 'Collective agreement'),
  provision('mandate_67_2', 'LAI 67.2', 'Mandat ou contrat', 'Mandate or contract'),
  filed('research_67_2_1', 'LAI 67.2.1', 'Étude, recherche, statistiques', 'Study, research'),
  filed(
    'agreement_68_1',
    'LAI 68 (1)',
    'Attributions ou programme d’un organisme public',
    'Functions or program of a public body',
  ),
  filed('agreement_68_1_1', 'LAI 68 (1.1)', 'Avantage manifeste', 'Clear benefit'),
  filed(
    'agreement_68_2',
    'LAI 68 (2)',
    'Circonstances exceptionnelles',
    'Exceptional circumstances',
  ),
  filed('agreement_68_3', 'LAI 68 (3)', 'Service à rendre', 'Service to be provided'),
  provision('official_source_12_14', 'LGGRI 12.14', 'Source officielle', 'Official source'),
  provision('investigation_59', 'LAI 59', 'Enquête ou poursuite', 'Investigation or prosecution'),
  provision('emergency_59', 'LAI 59', 'Urgence', 'Emergency'),
  provision(
    'health_r22_1',
    'R-22.1',
    'Renseignements de santé et de services sociaux',
    'Health and social services information',
  ),
  provision('court_order', '', 'Ordonnance d’un tribunal', 'Court order'),
]

const byId = new Map(legalBases.map((basis) => [basis.id, basis]))

export function legalBasis(id: string): LegalBasis | undefined {
  return byId.get(id)
}

function consent(id: string, article: string, fr: string, en: string): LegalBasis {
  return { id, article, requiresConsent: true, caiDelayDays: 0, label: { fr, en } }
}

function provision(id: string, article: string, fr: string, en: string): LegalBasis {
  return { id, article, requiresConsent: false, caiDelayDays: 0, label: { fr, en } }
}

function filed(id: string, article: string, fr: string, en: string): LegalBasis {
  return { ...provision(id, article, fr, en), caiDelayDays: 30 }
}
