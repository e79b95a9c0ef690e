import type { ServicePage } from '../../src/pages/my-access/pages.ts'

const page: ServicePage = {
  csrf: 'csrf-of-a-sample',
  service: {
    id: 'aide-etudes',
    name: 'Aide aux études (démo)',
    organisation: 'Ministère de l’Avenir (démo)',
    firstUsedAt: new Date('2026-09-14T13:22:00Z'),
    lastUsedAt: new Date('2026-11-24T18:05:00Z'),
    receives: 'votre adresse courriel',
  },
  received: [
    {
      name: 'email',
      value: 'marie.tremblay@exemple.test',
      purpose: 'Vous écrire au sujet de votre demande',
      since: new Date('2026-09-14T13:22:00Z'),
      endAction: '#',
    },
  ],
}

export default {
  plain: page,
  compulsory: {
    ...page,
    received: page.received.map((one) => ({ ...one, value: undefined, endAction: undefined })),
  },
  nothing: { ...page, service: { ...page.service, receives: undefined }, received: [] },
} satisfies Record<string, ServicePage>
