import type { EnteringPage } from '../../src/signin/journey/pages.ts'

const page: EnteringPage = {
  visit: 'visite',
  service: { name: 'Avis et paiements', organisation: 'Agence du revenu (démo)' },
  csrf: 'csrf-of-a-sample',
  into: 'à l’Agence du revenu (démo)',
  opened: 'session-of-a-sample',
  since: new Date('2026-11-09T18:05:00Z'),
  nickname: 'Madeleine',
}

export default {
  plain: page,
  nameless: { ...page, nickname: undefined },
} satisfies Record<string, EnteringPage>
