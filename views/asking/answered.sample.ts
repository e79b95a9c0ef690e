import type { AnsweredPage } from '../../src/asking/pages.ts'
import type { Language } from '../../src/foundation/pages.ts'

const own = {
  fr: {
    recipient: 'Aide aux études (démo)',
    holder: 'Agence du revenu (démo)',
    purpose: 'Calcul de l’aide financière 2026-2027',
    sent: ['revenu net', 'situation familiale', 'personnes à charge'],
    service: 'Aide aux études (démo)',
    next: '/partage/demande/V1StGXR8Z5jdHi6BmyT/suite',
    sharingHref: '/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    receiptHref:
      '/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
  },
  en: {
    recipient: 'Student Aid (demo)',
    holder: 'Revenue Agency (demo)',
    purpose: 'Calculation of financial aid 2026–27',
    sent: ['net income', 'family situation', 'dependants'],
    service: 'Student Aid (demo)',
    next: '/en/partage/demande/V1StGXR8Z5jdHi6BmyT/suite',
    sharingHref: '/en/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    receiptHref:
      '/en/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
  },
} satisfies Record<Language, Partial<AnsweredPage>>

function granted(language: Language): AnsweredPage {
  return {
    ...own[language],
    csrf: 'csrf-of-a-sample',
    granted: true,
    keptHref: undefined,
    at: new Date('2026-11-24T15:04:00Z'),
    reference: 'con_06f9zj5b2x8m4q7t1n3v5w9ykd',
    declined: [],
    until: new Date('2027-09-01T03:59:59Z'),
  }
}

export default {
  granted,
  partly: (language: Language) => {
    const page = granted(language)
    return { ...page, sent: page.sent.slice(0, 2), declined: page.sent.slice(2) }
  },
  refused: (language: Language) => {
    const page = granted(language)
    const nothing = { sent: [], until: undefined, sharingHref: undefined }
    return { ...page, ...nothing, granted: false, declined: page.sent }
  },
  refusedChange: (language: Language) => {
    const page = granted(language)
    const nothing = { sent: [], until: undefined, sharingHref: undefined }
    return { ...page, ...nothing, granted: false, declined: page.sent, keptHref: page.sharingHref }
  },
} satisfies Record<string, (language: Language) => AnsweredPage>
