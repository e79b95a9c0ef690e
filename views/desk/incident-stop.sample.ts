import type { Language } from '../../src/base/values/languages.ts'
import { incidentReasons } from '../../src/people/offices/index.ts'
import type { IncidentStopPage } from '../../src/pages/desk/incident-pages.ts'
import { deskSample } from '../sample-desk.ts'

const common = {
  desk: { ...deskSample, roles: ['incident-officer'] },
  until: new Date('2026-12-04T14:57:00Z'),
} as const
const names = {
  service: { fr: 'Mon aide aux études (démo)', en: 'My student aid (demo)' },
  agreement: {
    fr: 'Agence du revenu (démo) → Aide aux études (démo)',
    en: 'Revenue Agency (demo) → Student Aid (demo)',
  },
}

function page(kind: 'service' | 'agreement', id: string) {
  return (language: Language): IncidentStopPage => ({
    ...common,
    kind,
    id,
    name: names[kind][language],
    reason: { value: 'breach', label: incidentReasons.breach[language] },
  })
}

export default {
  service: page('service', 'aide-etudes'),
  agreement: page('agreement', 'agr_revenu-aide'),
} satisfies Record<string, (language: Language) => IncidentStopPage>
