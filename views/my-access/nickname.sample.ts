import type { NicknamePage } from '../../src/pages/my-access/pages.ts'

const page: NicknamePage = {
  csrf: 'csrf-of-a-sample',
  typed: undefined,
  problem: undefined,
  isPlainFirst: false,
  otherFaceHref: '/acces/nom-affiche?forme=claire',
}

export default {
  plain: page,
  'plain first': {
    ...page,
    isPlainFirst: true,
    otherFaceHref: '/acces/nom-affiche?forme=complete',
  },
  long: {
    ...page,
    typed: 'Marie, celle qui aime les très longs noms affichés',
    problem: 'nickname.long',
  },
  characters: { ...page, typed: 'Ma\u200Brie', problem: 'nickname.characters' },
} satisfies Record<string, NicknamePage>
