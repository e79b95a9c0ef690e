import type { Language } from '../src/base/values/languages.ts'
import type { BrakeRow } from '../src/pages/status/told-brakes.ts'

// What is suspended at once, one of each kind: by one person, by a name that is not told, and confirmed by two.

const said = {
  fr: {
    service: 'Mon dossier étudiant (démo)',
    agreement: 'Registre des adresses (démo) → Régie des garderies (démo)',
    organisation: 'Direction générale de l’accompagnement des personnes et des familles (démo)',
    'identity-provider': 'Compte de l’autre province (démo)',
    security: 'Direction de la sécurité (démo)',
    register: 'Bureau du registre (démo)',
  },
  en: {
    service: 'My student file (demo)',
    agreement: 'Address Registry (demo) → Daycare Board (demo)',
    organisation: 'General Directorate for the Support of Individuals and Families (demo)',
    'identity-provider': 'Account of the other province (demo)',
    security: 'Security office (demo)',
    register: 'Office of the register (demo)',
  },
}

export function sampleBrakes(language: Language): BrakeRow[] {
  const { security, register, ...names } = said[language]
  const row = (kind: BrakeRow['kind'], change: Partial<BrakeRow> = {}): BrakeRow => ({
    kind,
    name: names[kind],
    since: new Date('2026-11-24T14:00:00Z'),
    until: new Date('2026-11-25T14:00:00Z'),
    isConfirmed: false,
    by: [security],
    ...change,
  })
  const confirmed = {
    since: new Date('2026-11-20T20:30:00Z'),
    until: new Date('2026-12-21T13:05:00Z'),
  }
  return [
    row('agreement', { ...confirmed, isConfirmed: true, by: [register] }),
    row('organisation', { by: [] }),
    row('service'),
    row('identity-provider'),
  ]
}
