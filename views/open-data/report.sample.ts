import type { Language } from '../../src/base/values/languages.ts'
import type { ReportLine, ReportPage } from '../../src/pages/open-data/pages.ts'

const body = { fr: 'Agence du revenu', en: 'Revenue Agency' }

function line(language: Language): ReportLine {
  const isFrench = language === 'fr'
  return {
    agreement: 'agr_2026-014',
    agreementHref: '/register/agreements/agr_2026-014@1',
    recipient: isFrench ? 'Société du logement abordable' : 'Affordable Housing Corporation',
    what: isFrench ? ['Revenu net', 'Situation familiale'] : ['Net income', 'Family situation'],
    from: isFrench ? ['Avis de cotisation'] : ['Notice of assessment'],
    purpose: isFrench ? 'Vérifier le loyer' : 'Checking the rent',
    reason: isFrench
      ? 'Attributions ou programme d’un organisme public'
      : 'Functions or program of a public body',
    article: isFrench
      ? 'Loi sur l’accès (A-2.1), article 68 (1)'
      : 'Access Act (A-2.1), section 68 (1)',
    isOutsideQuebec: false,
    since: new Date('2026-03-02T17:00:00Z'),
    until: new Date('2031-03-01T17:00:00Z'),
    how: 'interface de programmation, une personne à la fois',
    measures: isFrench
      ? 'Chaque envoi est permis juste avant.'
      : 'Each transfer is allowed just before.',
    communications: '1285',
    isFew: false,
    sha256: '6bfbb4d0a5c1d2f3e4958677a8b9cadbecfd0e1f2031425364758697a8b9cadb',
  }
}

function page(language: Language): ReportPage {
  return {
    report: '67-3',
    body: body[language],
    asOf: new Date('2026-11-28T17:00:00Z'),
    year: undefined,
    lines: [line(language), { ...line(language), communications: '<10', isFew: true }],
    fileHref: '/register/67.3/org_agence-revenu.csv',
  }
}

export default {
  register: page,
  report: (language: Language) => ({
    ...page(language),
    report: '12-17' as const,
    year: { name: '2026-2027', isOver: false, dueOn: new Date('2027-05-15T17:00:00Z') },
    fileHref: '/register/12.17/org_agence-revenu/2026-2027.json',
  }),
  empty: (language: Language) => ({ ...page(language), lines: [] }),
} satisfies Record<string, (language: Language) => ReportPage>
