import type { CardPage } from '../../src/signin/journey/pages.ts'

const page: CardPage = {
  visit: 'V1StGXR8Z5jdHi6BmyT',
  service: undefined,
  csrf: 'csrf-of-a-sample',
  typed: '',
  problem: undefined,
}

export default {
  plain: page,
  typed: { ...page, typed: '4821 7730 5196 1', problem: 'card.number-typed' },
  refused: { ...page, typed: '4821 7730 5196 14', problem: 'card.refused' },
} satisfies Record<string, CardPage>
