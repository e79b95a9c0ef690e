import type { Language } from '../../src/base/values/languages.ts'
import type { IncidentReason } from '../../src/people/offices/index.ts'
import { incidentReasons, liftReasons, stopReasons } from '../../src/people/offices/index.ts'
import type { IncidentsPage } from '../../src/pages/desk/incident-pages.ts'
import { deskSample } from '../sample-desk.ts'

const desk = { ...deskSample, roles: ['incident-officer'] } as const
const said = {
  fr: {
    service: 'Mon aide aux études (démo)',
    agreement: 'Agence du revenu (démo) → Aide aux études (démo)',
    other: 'Registre des adresses (démo) → Aide aux études (démo)',
    reason: 'Un incident de confidentialité est possible.',
  },
  en: {
    service: 'My student aid (demo)',
    agreement: 'Revenue Agency (demo) → Student Aid (demo)',
    other: 'Address Registry (demo) → Student Aid (demo)',
    reason: 'A confidentiality incident is possible.',
  },
}
const seen = 'a'.repeat(64)

function page(language: Language): IncidentsPage {
  const { service, agreement } = said[language]
  const choice = (value: IncidentReason) => ({ value, label: incidentReasons[value][language] })
  return {
    desk,
    things: [
      { kind: 'service', id: 'aide-etudes', name: service },
      { kind: 'agreement', id: 'agr_revenu-aide', name: agreement },
    ],
    brakes: [],
    proposals: [],
    stopReasons: stopReasons.map(choice),
    liftReasons: liftReasons.map(choice),
  }
}

export default {
  nothing: page,
  stopped: (language: Language): IncidentsPage => {
    const { service, agreement, other, reason } = said[language]
    const until = new Date('2026-12-04T14:57:00Z')
    const of = { kind: 'agreement', id: 'agr_revenu-aide' } as const
    const proposal = { of, name: agreement, until: new Date('2026-12-03T15:57:00Z'), seen }
    return {
      ...page(language),
      things: [{ kind: 'service', id: 'aide-etudes', name: service }],
      brakes: [
        {
          kind: 'agreement',
          id: 'agr_revenu-aide',
          name: agreement,
          until,
          isConfirmed: false,
          reason,
          isOurs: true,
        },
        {
          kind: 'agreement',
          id: 'agr_adresses',
          name: other,
          until: new Date('2027-01-02T14:57:00Z'),
          isConfirmed: true,
          reason,
          isOurs: false,
        },
      ],
      proposals: [
        {
          ...proposal,
          id: 'pro_06f9zj5b2x8m4q7t1n3v5w9ykd',
          deed: 'incident.hold',
          reason: incidentReasons.breach[language],
          isOwn: false,
        },
        {
          ...proposal,
          id: 'pro_06f9zj5b2x8m4q7t1n3v5w9yke',
          deed: 'incident.lift',
          reason: incidentReasons.mistake[language],
          isOwn: true,
        },
      ],
    }
  },
} satisfies Record<string, IncidentsPage | ((language: Language) => IncidentsPage)>
