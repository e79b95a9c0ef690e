import { addressOf, type Settings } from './application.ts'
import type { Profile } from './pages.ts'
import { addBursary } from './recipient/bursary.ts'
import { bursaryOffer } from './recipient/pages.ts'
import { residenceOffer } from './recipient/residence-page.ts'
import { runAlone } from './run-alone.ts'
import { type Running, serve } from './serve.ts'

/** « Aide aux études (démo) »: the body that asks for a person's income, to work out her bursary. */
export function startStudentAid(settings: Settings): Promise<Running> {
  const { issuer, port } = settings
  return serve(profile(port), settings, (router, app) =>
    addBursary(router, app, { issuer, agencyApi: `${addressOf(port + 1)}/api` }),
  )
}

function profile(port: number): Profile {
  return {
    clientId: 'aide-etudes',
    name: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' },
    title: { fr: 'Une bourse pour vos études', en: 'A bursary for your studies' },
    lead: {
      fr: 'Nous calculons l’aide financière à laquelle vous avez droit pour étudier au cégep, à l’université ou dans un centre de formation.',
      en: 'We work out the financial assistance you are entitled to for college, university or vocational training.',
    },
    tasks: [
      { fr: 'Calcule le montant des bourses', en: 'Works out the amount of bursaries' },
      { fr: 'Les verse à chaque session d’études', en: 'Pays them each term' },
      { fr: 'Garde votre dossier d’aide', en: 'Keeps your aid file' },
    ],
    offers: [bursaryOffer, residenceOffer],
    neighbour: {
      name: { fr: 'Agence du revenu (démo)', en: 'Revenue Agency (demo)' },
      address: addressOf(port + 1),
    },
  }
}

if (import.meta.main) await runAlone(startStudentAid, 3001)
