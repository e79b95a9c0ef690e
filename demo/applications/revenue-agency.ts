import { addressOf, type Settings } from './application.ts'
import type { Profile } from './pages.ts'
import { runAlone } from './run-alone.ts'
import { type Running, serve } from './serve.ts'

/** « Agence du revenu (démo) »: the body that holds notices of assessment. So far its portal only. */
export function startRevenueAgency(settings: Settings): Promise<Running> {
  return serve(profile(settings.port), settings)
}

function profile(port: number): Profile {
  return {
    clientId: 'agence-revenu',
    name: { fr: 'Agence du revenu (démo)', en: 'Revenue Agency (demo)' },
    title: { fr: 'Votre dossier de revenu', en: 'Your income file' },
    lead: {
      fr: 'Nous établissons votre avis de cotisation chaque année et le gardons à votre disposition.',
      en: 'We issue your notice of assessment every year and keep it at your disposal.',
    },
    tasks: [
      { fr: 'Établit votre avis de cotisation', en: 'Issues your notice of assessment' },
      {
        fr: 'Tient à jour le revenu inscrit à votre dossier',
        en: 'Keeps the income on your file up to date',
      },
      {
        fr: 'Ne communique rien sans que la loi ou vous-même le permettiez',
        en: 'Discloses nothing unless the law or you allow it',
      },
    ],
    neighbour: {
      name: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' },
      address: addressOf(port - 1),
    },
  }
}

if (import.meta.main) await runAlone(startRevenueAgency, 3002)
