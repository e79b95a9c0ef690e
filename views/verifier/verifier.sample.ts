import { answerOf, stepsOf } from '../../public/js/receipt-said.js'
import type { SignedClaims, Step } from '../../public/js/verifier.js'
import { saidWords } from '../../src/ledger/verifier/said-words.ts'
import { words } from '../../src/ledger/verifier/words.ts'
import type { VerifierPage } from '../../src/ledger/verifier/index.ts'
import type { Language } from '../../src/base/values/languages.ts'

const both = (fr: string, en: string) => ({ fr, en })

const claims: SignedClaims = {
  iss: 'https://accord.exemple.test',
  receipt_id: 'rcp_06f9zj5b2x8m4q7t1n3v5w9yke',
  pii_principal_id: 'iss_sub:https://accord.exemple.test#3f',
  purposes: [
    {
      purpose: both(
        'Calculer le montant de votre aide financière pour 2026-2027.',
        'Calculating the amount of your financial aid for 2026–27.',
      ),
      purpose_label: both(
        'Calcul de l’aide financière 2026-2027',
        'Calculation of financial aid 2026–27',
      ),
      pii_information: [
        { pii_label: both('revenu net', 'net income'), pii_consented: true },
        { pii_label: both('personnes à charge', 'dependants'), pii_consented: false },
      ],
      lawful_basis: 'LAI 53, 53.1',
      retention_period: both(
        'trois ans après la fin de vos études',
        'three years after you finish your studies',
      ),
    },
  ],
  parties: [
    { party_role: 'holder', party_name: both('Agence du revenu (démo)', 'Revenue Agency (demo)') },
    { party_role: 'recipient', party_name: both('Aide aux études (démo)', 'Student Aid (demo)') },
  ],
  event: [
    {
      event_kind: 'consent.granted',
      event_state: 'active',
      event_time: '2026-11-24T15:04:00.000Z',
      validity_duration: 'until 2027-08-31',
    },
  ],
  ledger: { payload: '{"kind":"consent.granted","signed":null,"collected_by":{"amr":["pop"]}}' },
}

const step = (name: string, values: Step['values'] = {}, holds = true): Step => ({
  step: name,
  holds,
  values,
})

const good = [
  step('signature', {
    by: 'accord.exemple.test',
    what: 'given',
    at: '2026-11-24T15:04:00.000Z',
  }),
  step('entry', { entry: 'AVCc8N3M0q2m1b0b7R6yVt7mCj8=' }),
  step('event', { number: 4 }),
  step('unsigned', { after: 'pop' }),
]
const logged = [
  step('proof', { log: 'accord.exemple.test/log/2026/p0' }),
  step('path', { index: 1204, size: 2048 }),
  step('log', { log: 'accord.exemple.test/log/2026/p0' }),
  step('unwitnessed', { count: 0, names: '' }),
]

function page(language: Language, steps?: readonly Step[]): VerifierPage {
  const t = { ...saidWords[language], ...words[language] }
  const checked = steps && { steps, claims, from: 'any' as const, icons: true }
  return {
    words: t,
    csrf: 'csrf-of-a-sample',
    receipt: '',
    proof: '',
    said: checked && answerOf(checked, t),
    steps: steps === undefined ? '' : stepsOf(steps, t),
    prints: '',
    scripts: '',
  }
}

export default {
  empty: (language: Language) => page(language),
  authentic: (language: Language) => page(language, [...good, ...logged]),
  unlogged: (language: Language) => page(language, good),
  uncompared: (language: Language) => page(language, [...good, ...logged, step('uncompared')]),
  changed: (language: Language) => page(language, [step('signature', {}, false)]),
} satisfies Record<string, (language: Language) => VerifierPage>
