import type { Bilingual } from '../../base/values/languages.ts'

/** A legal basis of a sharing. The list in the code is closed, and an agreement names one of its bases. */
export type LegalBasis = {
  readonly id: string
  /** LAI: chapter; LGGRI: chapter G-1.03. A court order rests on no one section. */
  readonly article: string
  readonly requiresConsent: boolean
  /** Whether the law requires an agreement of the two bodies, or a provision alone suffices. */
  readonly requiresAgreement: boolean
  /**
   * Days between the agreement's receipt by the Commission d’accès à l’information and its coming into force (LAI 68, 67.2.3).
   * Such an agreement also needs a privacy impact assessment. 0: the law requires neither.
   */
  readonly caiDelayDays: 0 | 30
  /** Whether an Act lets the person object to what it allows without her consent. */
  readonly citizenMayObject: boolean
  /** Undefined: the person sees each use at once. Else an agreement may show her a use later, after a number of days that it names. */
  readonly delay: { readonly reasonCode: string; readonly maxDays: number } | undefined
  /** Whether each decision names a case or an order, and the role of who asks: the basis itself allows nothing in general. */
  readonly demandsCase: boolean
  /** Whether a new agreement is public for the register's cooling time before it takes effect. */
  readonly cools: boolean
  readonly label: Bilingual
  /** Why nobody is asked to consent, in a sentence for the person; empty for a consent. */
  readonly plainExplanation: Bilingual
}

/** The longest delay of any basis. The database holds the same number (migrations/0010_decisions.sql). */
export const maxDelayDays = 365

// The holder informs investigators, and must not warn the person (LAI 28, 59).
const investigationDelay = { reasonCode: 'INVESTIGATION', maxDays: maxDelayDays }

// `deemed_65_0_2` is missing until counsel has confirmed how it combines with a consent given here.
export const legalBases: readonly LegalBasis[] = [
  consent('consent_53', 'LAI 53, 53.1', 'Consentement', 'Consent'),
  consent(
    'consent_59_sensitive',
    'LAI 53.1, 59',
    'Consentement exprès à l’envoi de renseignements sensibles',
    'Express consent to the disclosure of sensitive information',
  ),
  ofCases('law_67', 'LAI 67', {
    label: { fr: 'Application d’une loi', en: 'Application of an Act' },
    why: {
      fr: 'Une loi demande ces renseignements pour être appliquée.',
      en: 'An Act needs this information in order to be applied.',
    },
  }),
  provision('collective_67_1', 'LAI 67.1', {
    label: { fr: 'Convention collective', en: 'Collective agreement' },
    why: {
      fr: 'Une convention collective ou un règlement sur les conditions de travail doit être appliqué.',
      en: 'A collective agreement or a regulation on conditions of employment must be applied.',
    },
  }),
  {
    ...provision('mandate_67_2', 'LAI 67.2', {
      label: { fr: 'Mandat ou contrat', en: 'Mandate or contract' },
      why: {
        fr: 'L’organisme qui reçoit travaille pour celui qui envoie, par un contrat écrit.',
        en: 'The body that receives works for the one that sends, under a written contract.',
      },
    }),
    requiresAgreement: true,
  },
  filed('research_67_2_1', 'LAI 67.2.1', {
    label: { fr: 'Étude, recherche, statistiques', en: 'Study, research' },
    why: {
      fr: 'La loi permet cette étude, sous une entente remise à la Commission d’accès à l’information.',
      en: 'The law allows this study, under an agreement given to the Commission d’accès à l’information.',
    },
  }),
  filed('agreement_68_1', 'LAI 68 (1)', {
    label: {
      fr: 'Attributions ou programme d’un organisme public',
      en: 'Functions or program of a public body',
    },
    why: {
      fr: 'L’organisme qui reçoit en a besoin pour faire ce que la loi lui confie.',
      en: 'The body that receives needs it to do what the law entrusts to it.',
    },
  }),
  filed('agreement_68_1_1', 'LAI 68 (1.1)', {
    label: { fr: 'Avantage manifeste', en: 'Clear benefit' },
    why: {
      fr: 'L’échange est manifestement à votre avantage.',
      en: 'The exchange is clearly to your benefit.',
    },
  }),
  filed('agreement_68_2', 'LAI 68 (2)', {
    label: { fr: 'Circonstances exceptionnelles', en: 'Exceptional circumstances' },
    why: {
      fr: 'Des circonstances exceptionnelles le justifient.',
      en: 'Exceptional circumstances justify it.',
    },
  }),
  filed('agreement_68_3', 'LAI 68 (3)', {
    label: { fr: 'Service à rendre', en: 'Service to be provided' },
    why: {
      fr: 'L’échange est nécessaire pour vous rendre un service, et d’abord pour savoir que c’est vous.',
      en: 'The exchange is necessary to provide you with a service, and first to know that it is you.',
    },
  }),
  provision('official_source_12_14', 'LGGRI 12.14', {
    label: { fr: 'Source officielle', en: 'Official source' },
    why: {
      fr: 'Le gouvernement a désigné l’organisme qui envoie comme source officielle de ces renseignements.',
      en: 'The government has designated the body that sends as the official source of this information.',
    },
  }),
  {
    ...ofCases('investigation_59', 'LAI 59', {
      label: { fr: 'Enquête ou poursuite', en: 'Investigation or prosecution' },
      why: {
        fr: 'La loi permet cet échange pour une enquête ou une poursuite.',
        en: 'The law allows this exchange for an investigation or a prosecution.',
      },
    }),
    delay: investigationDelay,
  },
  {
    ...ofCases('emergency_59', 'LAI 59', {
      label: { fr: 'Urgence', en: 'Emergency' },
      why: {
        fr: 'Une urgence met en danger la vie, la santé ou la sécurité d’une personne.',
        en: 'An emergency endangers the life, health or safety of a person.',
      },
    }),
    cools: false,
  },
  provision('health_r22_1', 'R-22.1', {
    label: {
      fr: 'Renseignements de santé et de services sociaux',
      en: 'Health and social services information',
    },
    why: {
      fr: 'La loi sur les renseignements de santé et de services sociaux prévoit cet échange.',
      en: 'The Act respecting health and social services information provides for this exchange.',
    },
  }),
  ofCases('court_order', '', {
    label: { fr: 'Ordonnance d’un tribunal', en: 'Court order' },
    why: { fr: 'Un tribunal l’a ordonné.', en: 'A court has ordered it.' },
  }),
]

const byId = new Map(legalBases.map((basis) => [basis.id, basis]))

export function legalBasis(id: string): LegalBasis | undefined {
  return byId.get(id)
}

/** Whether an agreement under its basis needs each person's consent. */
export function requiresConsent({ legalBasis: id }: { readonly legalBasis: string }): boolean {
  return byId.get(id)?.requiresConsent === true
}

const acts: readonly (readonly [string, Bilingual])[] = [
  ['LAI ', { fr: 'Loi sur l’accès (A-2.1), article ', en: 'Access Act (A-2.1), section ' }],
  [
    'LGGRI ',
    {
      fr: 'Loi sur la gouvernance et la gestion des ressources informationnelles (G-1.03), article ',
      en: 'Act respecting the governance and management of information resources (G-1.03), section ',
    },
  ],
  [
    'R-22.1',
    {
      fr: 'Loi sur les renseignements de santé et de services sociaux (R-22.1)',
      en: 'Act respecting health and social services information (R-22.1)',
    },
  ],
]

/** The Act and its section in words; for a basis without one section, the label of the basis. */
export function articleOf({ article, label }: LegalBasis): Bilingual {
  const [start, act] = acts.find(([sign]) => article.startsWith(sign)) ?? []
  if (start === undefined || act === undefined) return label
  const section = article.slice(start.length)
  return { fr: `${act.fr}${section}`, en: `${act.en}${section}` }
}

function consent(id: string, article: string, fr: string, en: string): LegalBasis {
  const words = { label: { fr, en }, why: { fr: '', en: '' } }
  return { ...provision(id, article, words), requiresConsent: true, requiresAgreement: true }
}

type Words = { readonly label: Bilingual; readonly why: Bilingual }

function provision(id: string, article: string, { label, why }: Words): LegalBasis {
  return {
    id,
    article,
    requiresConsent: false,
    requiresAgreement: false,
    caiDelayDays: 0,
    citizenMayObject: false,
    delay: undefined,
    demandsCase: false,
    cools: false,
    label,
    plainExplanation: why,
  }
}

function ofCases(id: string, article: string, words: Words): LegalBasis {
  return { ...provision(id, article, words), demandsCase: true, cools: true }
}

function filed(id: string, article: string, words: Words): LegalBasis {
  return { ...provision(id, article, words), requiresAgreement: true, caiDelayDays: 30 }
}
