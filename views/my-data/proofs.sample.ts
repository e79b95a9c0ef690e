import type { ProofsPage, ProofsReceipt } from '../../src/pages/my-data/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'

const words = {
  fr: {
    base: '',
    categories: 'revenu net et situation familiale',
    recipient: 'Aide aux études (démo)',
  },
  en: {
    base: '/en',
    categories: 'net income and family situation',
    recipient: 'Student Aid (demo)',
  },
} as const

function receipt(language: Language, what: string, number: string): ProofsReceipt {
  const { base, categories, recipient } = words[language]
  const href = `${base}/mes-partages/con_06f9zj5b2x8m4q7t1n3v5w9ykd/recus/rcp_06f9zj5b2x8m4q7t1n3v5w9yke`
  return {
    what,
    categories,
    recipient,
    at: new Date('2026-11-24T15:04:00Z'),
    number,
    href,
    fileHref: `${href}/fichier`,
  }
}

export default {
  some: (language: Language) => ({
    receipts: [
      receipt(language, 'revoked', '9yke-7k2m'),
      receipt(language, 'granted', '3v5w-9yke'),
      { ...receipt(language, 'refused', '1n3v-94qf'), categories: undefined, recipient: undefined },
    ],
    olderHref: `${words[language].base}/preuves?avant=rcp_06f9zj5b2x8m4q7t1n3v5w9yke`,
  }),
  none: { receipts: [], olderHref: undefined },
} satisfies Record<string, ProofsPage | ((language: Language) => ProofsPage)>
