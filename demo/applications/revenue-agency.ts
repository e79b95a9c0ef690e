import { addressOf, type Settings } from './application.ts'
import { keepAcks } from './holder/acks.ts'
import { rememberUsedProofs } from './holder/dpop.ts'
import { openHolder } from './holder/holder.ts'
import { addNoticesApi } from './holder/notices-api.ts'
import { type FindNotice, inventNotice } from './holder/notices.ts'
import { addResidenceApi } from './holder/residence-api.ts'
import { openOutbox } from './holder/report.ts'
import type { Profile } from './pages.ts'
import { runAlone } from './run-alone.ts'
import { type Running, serve } from './serve.ts'
import { takePushed } from './signals/push.ts'
import { takingSignals } from './signals/signal.ts'
import { answerStops } from './stops.ts'

/** « Agence du revenu (démo) »: the body that holds notices of assessment. Its portal, and the API that discloses them. */
export function startRevenueAgency(
  settings: Settings,
  findNotice: FindNotice = inventNotice,
): Promise<Running> {
  return serve(profile(settings.port), settings, (router, { key }) => {
    const holder = openHolder(description(settings), key)
    const outbox = openOutbox(holder, keepAcks(holder, settings.dataDir))
    const used = rememberUsedProofs()
    addNoticesApi(router, { holder, findNotice, outbox, used })
    addResidenceApi(router, { holder, outbox, used })
    const stops = answerStops(holder.issuer, holder.sendReport)
    const take = takingSignals(holder, 'pushed', stops.soon)
    const broker = { issuer: holder.issuer, call: holder.manageSignals }
    const pushed = takePushed(router, broker, settings.port, take)
    return {
      close() {
        outbox.close()
        stops.close()
        pushed.close()
      },
    }
  })
}

function description({ issuer, port }: Settings) {
  return {
    issuer,
    clientId: 'agence-revenu',
    organisation: 'org_agence-revenu',
    resource: `${addressOf(port)}/api`,
  }
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
    asksWhoSheIs: true,
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
