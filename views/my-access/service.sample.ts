import type { ServicePage } from '../../src/pages/my-access/pages.ts'

const none = { email: false, identity: false }

const page: ServicePage = {
  csrf: 'csrf-of-a-sample',
  service: {
    id: 'aide-etudes',
    name: 'Aide aux études (démo)',
    organisation: 'Ministère de l’Avenir (démo)',
    isActive: true,
    firstUsedAt: new Date('2026-09-14T13:22:00Z'),
    lastUsedAt: new Date('2026-11-24T18:05:00Z'),
    receives: 'votre adresse courriel',
  },
  received: [
    {
      name: 'email',
      value: 'marie.tremblay@exemple.test',
      source: undefined,
      purpose: 'Vous écrire au sujet de votre demande',
      since: new Date('2026-09-14T13:22:00Z'),
      endAction: '#',
    },
    {
      name: 'birthdate',
      value: '12 mars 1990',
      source: { name: 'Une autre province (démo)', at: new Date('2026-11-20T13:41:00Z') },
      purpose: 'Savoir quel programme vous concerne',
      since: new Date('2026-11-20T13:42:00Z'),
      endAction: '#',
    },
  ],
  refused: [],
  kinds: { email: true, identity: true },
  asksForFiles: 'Trouver votre dossier',
}

export default {
  plain: page,
  compulsory: {
    ...page,
    received: page.received.map((one) => ({ ...one, value: undefined, endAction: undefined })),
  },
  nothing: {
    ...page,
    service: { ...page.service, receives: undefined },
    received: [],
    kinds: none,
    asksForFiles: undefined,
  },
  refused: {
    ...page,
    service: { ...page.service, receives: undefined },
    received: [],
    refused: [
      {
        name: 'email',
        value: 'marie.tremblay@exemple.test',
        source: undefined,
        purpose: 'Vous écrire au sujet de votre demande',
        giveAction: '#',
        shown: 'digest-of-a-sample',
      },
    ],
    kinds: none,
  },
  inactive: {
    ...page,
    service: { ...page.service, isActive: false, receives: undefined },
    received: [],
    kinds: none,
  },
} satisfies Record<string, ServicePage>
