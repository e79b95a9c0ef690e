import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { leadOf, sayNow, whatStillFlows } from '../../../src/consent/standing/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import { bodyNo } from '../../../src/registry/index.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// The first sentences of her pages: who may receive something now, what waits, what becomes more or less. In both languages.

const now = new Date('2026-12-01T15:00:00.000Z')
const validFrom = new Date('2026-11-24T15:00:00.000Z')
/** After the changes of a register that is not the first one. */
const hourBefore = new Date('2026-12-01T14:00:00.000Z')
const words = makeWords()

const suspended = { status: 'suspended' }
const noRent: Change = { of: 'agr_2026-014', set: suspended }
const noResidence: Change = { of: 'agr_2026-017', set: suspended }

/** Another body that the law allows the income, or that she may allow it. */
function another(n: number, of: 'agr_2026-014' | 'agr_2026-009'): readonly Change[] {
  const purpose = of === 'agr_2026-014' ? 'pur_verification-loyer' : 'pur_remboursement-pret'
  const recipient_org_id = `org_autre-${n}`
  return [
    { of: 'org_transport-adapte', as: recipient_org_id, set: {} },
    { of: purpose, as: `pur_autre-${n}`, set: { recipient_org_id } },
    {
      of,
      as: `agr_2026-90${n}`,
      set: { recipient_org_id, purposes: [`pur_autre-${n}@1`] },
    },
  ]
}

const registers = {
  none: [noRent, noResidence],
  rent: [noResidence],
  residence: [noRent],
  both: [],
  seven: [
    ...another(1, 'agr_2026-009'),
    ...another(2, 'agr_2026-009'),
    ...another(3, 'agr_2026-009'),
    ...another(4, 'agr_2026-014'),
    ...another(5, 'agr_2026-014'),
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>
type Name = keyof typeof registers

let world: World
let given: Readonly<Record<Name, Register>>

beforeAll(async () => {
  world = await openWorld()
  const made = new Map<string, Register>()
  for (const [name, changes] of Object.entries(registers))
    made.set(name, await world.after(...changes))
  given = Object.fromEntries(made) as Record<Name, Register>
})
afterAll(() => world.close())

/** A sharing under an agreement, of all that it names. */
function sharing(register: Register, id: string, change: Partial<ConsentState> = {}): ConsentState {
  const agreement = present(register.agreement(id), 'an agreement')
  const agreed = present(agreement.datasets[0], 'its data')
  const dataset = present(register.dataset(agreed.dataset), 'a dataset')
  return consentOf(register, {
    consentId: newUuid(validFrom),
    holder: bodyNo(register, agreement.holder),
    recipient: bodyNo(register, agreement.recipient),
    dataset: dataset.no,
    purpose: present(register.purpose(agreement.purposes[0] ?? ''), 'a purpose').no,
    agreement: agreement.no,
    categories: maskOf(dataset, agreed.categories),
    ...change,
  })
}

const aid = 'agr_2026-001'
const loan = 'agr_2026-009'
const paused = { state: 'suspended', suspendedReasons: ['person'] } as const
const held = { state: 'suspended', suspendedReasons: ['incident'] } as const

type Person = {
  readonly case: string
  readonly of: Name
  readonly sharings: (register: Register) => readonly ConsentState[]
  readonly waiting?: number
  readonly isWhole?: boolean
  readonly isUntrusted?: boolean
  readonly used?: boolean
  readonly fr: string
  readonly en: string
}

const table: readonly Person[] = [
  {
    case: '1 no way',
    of: 'none',
    sharings: () => [],
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous.',
    en: 'No organisation can receive information about you from another.',
  },
  {
    case: '2 no way, a question waits',
    of: 'none',
    sharings: () => [],
    waiting: 1,
    fr: 'Une question vous attend. Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    en: 'A question is waiting for you. No organisation can receive information about you from another for now.',
  },
  {
    case: '3 one choice',
    of: 'none',
    sharings: (register) => [sharing(register, aid)],
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it.',
  },
  {
    case: '4 one law, never used',
    of: 'rent',
    sharings: () => [],
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet (jamais servi).',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it (never used).',
  },
  {
    case: '4 one law, used, after a sharing that she stopped',
    of: 'rent',
    sharings: (register) => [sharing(register, aid, { state: 'revoked' })],
    used: true,
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet.',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it.',
  },
  {
    case: '5 choice and law, one organisation',
    of: 'residence',
    sharings: (register) => [sharing(register, aid)],
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it and because the law allows it.',
  },
  {
    case: '6 choice and law, and law elsewhere',
    of: 'both',
    sharings: (register) => [sharing(register, aid)],
    used: true,
    fr: 'Deux organismes peuvent recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet; Logement abordable (démo), parce que la loi le permet.',
    en: 'Two organisations can receive information about you: Student Aid (demo), because you allowed it and because the law allows it; Affordable Housing (demo), because the law allows it.',
  },
  {
    case: '7 four or more',
    of: 'seven',
    sharings: (register) => [
      ...[1, 2, 3].map((n) => sharing(register, `agr_2026-90${n}`, { validFrom: hourBefore })),
      sharing(register, aid),
    ],
    fr: 'Sept organismes peuvent recevoir des renseignements sur vous : quatre parce que vous l’avez autorisé, quatre parce que la loi le permet, dont un pour les deux raisons.',
    en: 'Seven organisations can receive information about you: four because you allowed it, four because the law allows it, one of them for both reasons.',
  },
  {
    case: '7 four by law alone',
    of: 'seven',
    sharings: () => [],
    fr: 'Vous n’autorisez aucun partage. Quatre organismes peuvent recevoir des renseignements sur vous, parce que la loi le permet.',
    en: 'You allow no sharing. Four organisations can receive information about you, because the law allows it.',
  },
  {
    case: '8 only a pause of hers',
    of: 'none',
    sharings: (register) => [sharing(register, aid, paused)],
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est en pause : l’Aide aux études (démo).',
    en: 'No organisation can receive information about you from another for now. One sharing is paused: Student Aid (demo).',
  },
  {
    case: '9 a pause, and a law at the same body',
    of: 'residence',
    sharings: (register) => [sharing(register, aid, paused)],
    used: true,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que la loi le permet. Un partage est en pause.',
    en: 'One organisation can receive information about you: Student Aid (demo), because the law allows it. One sharing is paused.',
  },
  {
    case: '9 a pause, and a law at another body',
    of: 'rent',
    sharings: (register) => [sharing(register, aid, paused)],
    used: true,
    fr: 'Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet. Un partage est en pause : l’Aide aux études (démo).',
    en: 'One organisation can receive information about you: Affordable Housing (demo), because the law allows it. One sharing is paused: Student Aid (demo).',
  },
  {
    case: '10 limit reached',
    of: 'none',
    sharings: (register) => [
      sharing(register, aid, {
        uses: 4,
        windowUses: 4,
        windowStartedAt: validFrom,
        validUntil: later(800),
      }),
    ],
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. L’Aide aux études (démo) ne peut pas recevoir votre revenu net, votre situation familiale ni le nombre de vos personnes à charge avant le 24 novembre 2027 : 4 fois sur 4 sont déjà comptées.',
    en: 'No organisation can receive information about you from another for now. Student Aid (demo) cannot receive your net income, your family situation or the number of your dependants before November 24, 2027: 4 times out of 4 are already counted.',
  },
  {
    case: '11 held by others',
    of: 'none',
    sharings: (register) => [sharing(register, aid, held)],
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est suspendu : l’Aide aux études (démo).',
    en: 'No organisation can receive information about you from another for now. One sharing is suspended: Student Aid (demo).',
  },
  {
    case: '12 answers not whole',
    of: 'both',
    sharings: (register) => [sharing(register, aid)],
    isWhole: false,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Une de vos réponses a été changée sans nous. Tant que nous vérifions, nous ne permettons aucun envoi prévu par la loi.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One of your answers was changed without us. While we check, we allow nothing to be sent under the law.',
  },
  {
    case: '12 rows that are not as they were written',
    of: 'both',
    sharings: (register) => [sharing(register, aid)],
    isUntrusted: true,
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    en: 'No organisation can receive information about you from another for now.',
  },
  {
    case: '13 ends within 30 days',
    of: 'none',
    sharings: (register) => [
      sharing(register, aid, { validUntil: new Date('2026-12-14T05:00:00Z') }),
    ],
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Le partage avec l’Aide aux études (démo) finit le 13 décembre 2026.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. What you share with Student Aid (demo) ends on December 13, 2026.',
  },
  {
    case: '13 one of two ends',
    of: 'none',
    sharings: (register) => [
      sharing(register, aid, { validUntil: new Date('2026-12-14T05:00:00Z') }),
      sharing(register, loan),
    ],
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Un partage avec l’Aide aux études (démo) finit le 13 décembre 2026.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One sharing with Student Aid (demo) ends on December 13, 2026.',
  },
]

function later(days: number): Date {
  return new Date(validFrom.getTime() + days * 86_400_000)
}

test.each(table)('$case', ({ of, sharings, fr, en, ...person }) => {
  const register = given[of]
  const { waiting = 0, isWhole = true, isUntrusted = false, used = false } = person
  const answers = { consents: sharings(register), isWhole }
  const flows = whatStillFlows({ answers, isUntrusted, usesByLaw: () => [] }, register, now)
  const said = sayNow(flows, { waiting, wasUsed: () => used }, now)
  const inLanguage = (language: 'fr' | 'en') =>
    leadOf(said, { words, register, language }).sentences.join(' ').replaceAll('\u00a0', ' ')
  expect([inLanguage('fr'), inLanguage('en')]).toEqual([fr, en])
})
