import type { HomePage } from '../../src/pages/site/pages.ts'

export default {
  plain: {
    lawful: 3,
    services: [
      {
        name: 'Aide aux études (démo)',
        href: '/demo/aide-aux-etudes',
        what: 'Calcule et verse les bourses d’études.',
      },
      { name: 'Ma déclaration de revenus (démo)', href: '/demo/declaration' },
    ],
  },
  empty: { lawful: 0, services: [] },
} satisfies Record<string, HomePage>
