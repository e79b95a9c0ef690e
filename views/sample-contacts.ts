import type { ContactBlock } from '../src/base/web/contact.ts'
import type { Language } from '../src/base/values/languages.ts'

const contacts: Record<Language, readonly ContactBlock[]> = {
  fr: [
    {
      organisation: 'Aide aux études (démo)',
      name: 'Aide aux étudiants',
      telephone: { href: 'tel:+14185550118', text: '418\u00a0555-0118' },
      hours: 'Du lundi au vendredi, de 8\u00a0h\u00a030 à 16\u00a0h\u00a030',
      address: '40, avenue du Cahier, Ville-Inventée (Québec)',
      email: undefined,
    },
    {
      organisation: 'Agence du revenu (démo)',
      name: 'Service aux citoyens',
      telephone: { href: 'tel:+14185550142', text: '418\u00a0555-0142' },
      hours: 'Du lundi au vendredi, de 8\u00a0h à 17\u00a0h',
      address: '12, rue du Calcul, Ville-Inventée (Québec)',
      email: undefined,
    },
  ],
  en: [
    {
      organisation: 'Student Aid (demo)',
      name: 'Help for students',
      telephone: { href: 'tel:+14185550118', text: '418\u00a0555-0118' },
      hours: 'Monday to Friday, 8:30 a.m. to 4:30 p.m.',
      address: '40 Cahier Avenue, Ville-Inventée, Québec',
      email: undefined,
    },
    {
      organisation: 'Revenue Agency (demo)',
      name: 'Citizen services',
      telephone: { href: 'tel:+14185550142', text: '418\u00a0555-0142' },
      hours: 'Monday to Friday, 8 a.m. to 5 p.m.',
      address: '12 Calcul Street, Ville-Inventée, Québec',
      email: undefined,
    },
  ],
}

/** Two invented bodies: who receives and who sends. */
export function sampleContacts(language: Language): readonly ContactBlock[] {
  return contacts[language]
}
