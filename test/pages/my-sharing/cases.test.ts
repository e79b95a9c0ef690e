import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../src/base/values/present.ts'
import { makeViews } from '../../../src/base/web/views.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { consentsAfter } from '../../../src/consent/standing/consents-after.ts'
import type { DecisionListed } from '../../../src/consent/disclosures/index.ts'
import type { ConsentState, OwnConsent } from '../../../src/consent/record/index.ts'
import { currentWindow, maskOf } from '../../../src/consent/record/index.ts'
import type { Datum, Sentence, SharingDeed, Tense } from '../../../src/consent/standing/index.ts'
import {
  dataOf,
  leadOf,
  sayAfter,
  sayBeside,
  sayNow,
  sayResumed,
  whatStillFlows,
  wordsOf,
} from '../../../src/consent/standing/index.ts'
import { inFlightAt } from '../../../src/pages/my-sharing/aftermath.ts'
import { lastMoment } from '../../../src/consent/asking/index.ts'
import { deedOutcome } from '../../../src/pages/my-sharing/deed-outcome.ts'
import type { NarrowingPage } from '../../../src/pages/my-sharing/narrow-pages.ts'
import type { SharingPage, StopPage } from '../../../src/pages/my-sharing/pages.ts'
import { sharingView } from '../../../src/pages/my-sharing/sharings.ts'
import type { Register } from '../../../src/registry/index.ts'
import narrowingSample from '../../../views/my-sharing/narrowing.sample.ts'
import renewalSample from '../../../views/my-sharing/renewal.sample.ts'
import sharingSample from '../../../views/my-sharing/sharing.sample.ts'
import stopSample from '../../../views/my-sharing/stop.sample.ts'
import {
  allowable,
  another,
  conditions,
  dependants,
  family,
  hourBefore,
  income,
  lawful,
  noRent,
  noResidence,
  now,
  sharingOf,
} from '../../consent/standing/people.ts'
import { sampleFrame, viewsFolder } from '../../support/pages.ts'
import type { Change, World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'
import { saysNothing } from './read-pages.ts'

// What pages say of what may be sent about a person: each case by its number, with its facts and its words in both languages. First of
// her first page and of « Mes partages », then of a stop, a pause and its end, a reduction, an end, a no.

/** So many cases there are: each has a row, or more. */
const cases = 42

type Language = 'fr' | 'en'
const words = makeWords()
const views = makeViews(words, viewsFolder)
const aid = 'agr_2026-001'
const loan = 'agr_2026-009'
const housing = 'agr_2026-912'
const flat = 'agr_2026-913'
const summer = 'agr_2026-911'

const registers = {
  none: [
    noRent,
    noResidence,
    ...allowable([summer, 'pur_bourse-ete'], 'org_aide-etudes', {
      fr: 'calculer votre bourse d’été',
      en: 'calculate your summer bursary',
    }),
    ...allowable([housing, 'pur_logement'], 'org_logement-abordable', {
      fr: 'choisir votre logement',
      en: 'choose your housing',
    }),
    ...allowable([flat, 'pur_travaux'], 'org_logement-abordable', {
      fr: 'réparer votre logement',
      en: 'repair your home',
    }),
  ],
  law: [noRent, noResidence, ...lawful(income)],
  rent: [noResidence],
  residence: [noRent],
  both: [],
  seven: [
    ...[1, 2, 3].flatMap((n) => another(n, loan)),
    ...[4, 5].flatMap((n) => another(n, 'agr_2026-014')),
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>
type Name = keyof typeof registers

let world: World
const given = new Map<string, Register>()
beforeAll(async () => {
  world = await openWorld()
  for (const [name, changes] of Object.entries(registers))
    given.set(name, changes.length === 0 ? world.register : await world.after(...changes))
})
afterAll(() => world.close())

type Person = { readonly register: Register; readonly consents: readonly ConsentState[] }
type Say = (person: Person, language: Language) => string

const known = { isUntrusted: false, isHalted: false, usesByLaw: () => [] }

function flowsAfter({ register, consents }: Person, deed?: SharingDeed, at = now) {
  return whatStillFlows({ ...known, answers: { consents, isWhole: true }, deed }, register, at)
}

type Lead = {
  readonly waiting?: number
  readonly isWhole?: boolean
  readonly isUntrusted?: boolean
  readonly used?: boolean
}

/** The first sentences of her pages. */
function lead({ waiting = 0, isWhole = true, isUntrusted = false, used = false }: Lead = {}): Say {
  return ({ register, consents }, language) => {
    const facts = { ...known, answers: { consents, isWhole }, isUntrusted }
    const flows = whatStillFlows(facts, register, now)
    const said = sayNow(flows, { waiting, wasUsed: () => used }, now)
    return leadOf(said, { words, register, language }).sentences.join(' ')
  }
}

function inWords(
  said: readonly Sentence[],
  tense: Tense,
  { register }: Person,
  language: Language,
) {
  return wordsOf(said, tense, { words, register, language })
}

/** What the first sharings, so many, leave when they are stopped or paused. */
function leftBy(kind: 'stop' | 'pause', person: Person, count: number): readonly Sentence[] {
  const { register, consents } = person
  const touched = consents.slice(0, count)
  const records = touched.map(({ consentId }) => consentId)
  const about = touched.flatMap((consent) => dataOf(consent, register))
  const once = [...new Map(about.map((one) => [one.category, one])).values()]
  const over = register.purposeByNo(touched[0]?.purpose ?? 0)
  return sayAfter(once, records, flowsAfter(person, { kind, records }), over)
}

function after(kind: 'stop' | 'pause', tense: Tense): Say {
  return (person, language) => inWords(leftBy(kind, person, 1), tense, person, language).join(' ')
}

function first({ register, consents }: Person) {
  const consent = present(consents[0], 'a sharing')
  return { consent, about: dataOf(consent, register) }
}

const beside: Say = (person, language) => {
  const { consent, about } = first(person)
  const still = flowsAfter(person, { kind: 'stop', records: [consent.consentId] })
  return inWords(sayBeside(about, still), 'present', person, language).join(' ')
}

const resumed: Say = (person, language) => {
  const { consent, about } = first(person)
  const still = flowsAfter(person, { kind: 'resume', records: [consent.consentId] })
  return inWords(sayResumed(about, consent.consentId, still), 'present', person, language).join(' ')
}

const narrowed: Say = (person, language) => {
  const { consent, about } = first(person)
  const dataset = present(person.register.datasetByNo(consent.dataset), 'a dataset')
  const { validUntil, frequencyCount } = consent
  const to = { categories: maskOf(dataset, [income]), validUntil, frequencyCount }
  const still = flowsAfter(person, { kind: 'narrow', record: consent.consentId, to })
  const removed = about.filter(({ category }) => category !== income)
  return inWords(sayAfter(removed, [], still, 'here'), 'present', person, language).join(' ')
}

/** Refused: a question about these data. */
function refused(tense: Tense, ...categories: readonly string[]): Say {
  return (person, language) => {
    const { recipient } = first(person).consent
    const about: readonly Datum[] = categories.map((category) => ({ recipient, category }))
    return inWords(sayAfter(about, [], flowsAfter(person)), tense, person, language).join(' ')
  }
}

// The pages below are those of the house, with what is said put in the place of what a sample says.

/** The text of the first element in a page that begins so. */
function textIn(template: string, page: object, begins: RegExp, language: Language): string {
  const html = views.render(template, page, sampleFrame(language, template))
  const at = begins.exec(html)
  const tag = /^<(\w+)/.exec(at?.[0] ?? '')?.[1] ?? ''
  const from = at?.index ?? html.length
  return plain(html.slice(from, html.indexOf(`</${tag}>`, from)))
}

function plain(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/[\s\u00a0]+/g, ' ')
    .trim()
}

/** What « Mes partages » shows of her first sharing. */
function shown({ register, consents }: Person, language: Language) {
  const own = consents.map((consent): OwnConsent => ({
    ...consent,
    declined: 0n,
    grantedAt: hourBefore,
    isChange: false,
  }))
  const [view] = sharingView(present(own[0], 'a sharing'), own, { register, language, now })
  return { ...present(view, 'a sharing that is known'), lastSentAt: undefined, isInquired: false }
}

/** The green note after a deed. */
function noteOf(change: Partial<SharingPage>, language: Language): string {
  const page: SharingPage = { ...sharingSample.plain(language), ...change }
  return textIn('my-sharing/sharing', page, /<div class="note done"/, language)
}

/** After a stop: of so many at once. */
function doneStop(count: number, change: Partial<SharingPage> = {}): Say {
  return (person, language) => {
    const records = person.consents.slice(0, count).map(({ consentId }) => consentId)
    const consents = consentsAfter(person.consents, { kind: 'stop', records }, now)
    const sharing = shown({ ...person, consents }, language)
    const said = inWords(leftBy('stop', person, count), 'present', person, language)
    const left = { sentences: said, still: undefined, stopped: count }
    const done = deedOutcome(sharing, 'arret')
    return noteOf({ sharing, done, left, ...change }, language)
  }
}

const doneTogether = doneStop(2)

// Of a decision these alone are read.
const permit = {
  outcome: 'permit',
  status: null,
  evaluatedAt: new Date('2026-12-01T15:19:20.000Z'),
} as DecisionListed
const doneInFlight = doneStop(1, {
  inFlight: inFlightAt([permit], new Date('2026-12-01T15:20:10.000Z')),
})

const doneResumed: Say = (person, language) => {
  const { consent } = first(person)
  const records = [consent.consentId]
  const consents = consentsAfter(person.consents, { kind: 'resume', records }, now)
  const sharing = shown({ ...person, consents }, language)
  const left = { sentences: [], still: undefined, stopped: 0 }
  return noteOf({ sharing, done: deedOutcome(sharing, 'reprise'), left }, language)
}

/** Of the page before a stop: what was sent. */
function sentBefore(change: Partial<StopPage>): Say {
  return (person, language) => {
    const sharing = shown(person, language)
    const own = { sharing, lastSentAt: undefined, isInquired: false, ...change }
    const page = { ...stopSample.plain(language), ...own }
    const text = textIn('my-sharing/stop', page, /<dl class="summary"/, language)
    const [from, to] = ['sent', 'consequence'].map((key) =>
      words.t(language, `my-sharing.stop.${key}`),
    )
    return text.slice(text.indexOf(from ?? '') + (from ?? '').length, text.indexOf(to ?? '')).trim()
  }
}

const untrusted: Say = (person, language) => {
  const page = { ...stopSample.plain(language), sharing: shown(person, language) }
  return textIn('my-sharing/stop', page, /<p class="note warning"/, language)
}

/** Those of these lines that stand on the page that confirms a reduction. */
function narrowingSays(
  change: Partial<NarrowingPage>,
  lines: readonly string[],
  language: Language,
): string {
  const left = { sentences: [], still: undefined, stopped: 0 }
  const page = { ...narrowingSample.plain(language), left, ...change }
  const template = 'my-sharing/narrowing'
  const text = plain(views.render(template, page, sampleFrame(language, template)))
  return lines
    .map(plain)
    .filter((line) => text.includes(line))
    .map((line) => (line.endsWith('.') ? line : `${line}.`))
    .join(' ')
}

const fewerTimes: Say = (person, language) => {
  const { consent } = first(person)
  const before = present(consent.frequencyCount, 'a limit')
  const limit = { count: 2, per: 'P1Y', countBefore: before }
  const narrowing = { ...narrowingSample.plain(language).narrowing, limit }
  const counted = present(currentWindow(consent, now), 'a window').uses
  const times = words.t(language, 'my-sharing.sharing.limit', { ...limit, length: '' })
  const lines = [
    words.t(language, 'my-sharing.narrowing.limit', { limit: times, before }),
    words.t(language, 'my-sharing.narrowing.counted-now', { count: counted }),
  ]
  return narrowingSays({ narrowing, counted }, lines, language)
}

/** The first sharing ends that day, by a reduction. */
const shorter: Say = (person, language) => {
  const { consent, about } = first(person)
  const { categories, frequencyCount, validUntil } = consent
  const to = { categories, frequencyCount, ...soon }
  const deed = { kind: 'narrow', record: consent.consentId, to } as const
  const over = person.register.purposeByNo(consent.purpose)
  const flows = flowsAfter(person, deed, soon.validUntil)
  const said = sayAfter(about, [consent.consentId], flows, over)
  const afterwards = inWords(said, 'afterwards', person, language)
  const [until, untilBefore] = [lastMoment(soon.validUntil), lastMoment(validUntil)]
  const narrowing = { ...narrowingSample.plain(language).narrowing, until, untilBefore }
  const days = { date: words.date(language, until), before: words.date(language, untilBefore) }
  const instead = words.t(language, 'my-sharing.narrowing.instead', days)
  return narrowingSays({ narrowing, afterwards }, [instead, ...afterwards], language)
}

/** The page that offers to renew the first sharing. */
const leftToEnd: Say = (person, language) => {
  const { consent, about } = first(person)
  const over = person.register.purposeByNo(consent.purpose)
  const flows = flowsAfter(person, undefined, consent.validUntil)
  const said = sayAfter(about, [consent.consentId], flows, over)
  const sentences = inWords(said, 'future', person, language)
  const page = { ...renewalSample.plain(language), sharing: shown(person, language), sentences }
  const text = textIn('my-sharing/renewal', page, /<dl class="summary"/, language)
  return text.slice(words.t(language, 'my-sharing.renewal.end').length).trim()
}

type Row = {
  readonly no: number
  readonly facts: string
  readonly of?: Name
  readonly sharings: (register: Register) => readonly ConsentState[]
  readonly say: Say
  readonly fr: string
  readonly en: string
}

const both = [income, family]
const whole = [income, family, dependants]
const soon = { validUntil: new Date('2026-12-14T05:00:00Z') }
const long = { validUntil: new Date('2027-06-02T04:00:00Z') }

const table: readonly Row[] = [
  {
    no: 1,
    facts: 'no way',
    of: 'none',
    sharings: () => [],
    say: lead(),
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous.',
    en: 'No organisation can receive information about you from another.',
  },
  {
    no: 2,
    facts: 'no way, a question waits',
    of: 'none',
    sharings: () => [],
    say: lead({ waiting: 1 }),
    fr: 'Une question vous attend. Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    en: 'A question is waiting for you. No organisation can receive information about you from another for now.',
  },
  {
    no: 3,
    facts: 'one choice',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole)],
    say: lead(),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it.',
  },
  {
    no: 4,
    facts: 'one law, never used',
    of: 'rent',
    sharings: () => [],
    say: lead(),
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet (jamais servi).',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it (never used).',
  },
  {
    no: 4,
    facts: 'one law, used, after a sharing that she stopped',
    of: 'rent',
    sharings: (r) => [sharingOf(r, aid, whole, { state: 'revoked' })],
    say: lead({ used: true }),
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet.',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it.',
  },
  {
    no: 5,
    facts: 'choice and law, one organisation',
    of: 'residence',
    sharings: (r) => [sharingOf(r, aid, whole)],
    say: lead(),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it and because the law allows it.',
  },
  {
    no: 6,
    facts: 'choice and law, and law elsewhere',
    of: 'both',
    sharings: (r) => [sharingOf(r, aid, whole)],
    say: lead({ used: true }),
    fr: 'Deux organismes peuvent recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet; Logement abordable (démo), parce que la loi le permet.',
    en: 'Two organisations can receive information about you: Student Aid (demo), because you allowed it and because the law allows it; Affordable Housing (demo), because the law allows it.',
  },
  {
    no: 7,
    facts: 'four or more',
    of: 'seven',
    sharings: (r) => [
      ...[1, 2, 3].map((n) => sharingOf(r, `agr_2026-90${n}`, [income])),
      sharingOf(r, aid, whole),
    ],
    say: lead(),
    fr: 'Sept organismes peuvent recevoir des renseignements sur vous : quatre parce que vous l’avez autorisé, quatre parce que la loi le permet, dont un pour les deux raisons.',
    en: 'Seven organisations can receive information about you: four because you allowed it, four because the law allows it, one of them for both reasons.',
  },
  {
    no: 7,
    facts: 'four by law alone',
    of: 'seven',
    sharings: () => [],
    say: lead(),
    fr: 'Vous n’autorisez aucun partage. Quatre organismes peuvent recevoir des renseignements sur vous, parce que la loi le permet.',
    en: 'You allow no sharing. Four organisations can receive information about you, because the law allows it.',
  },
  {
    no: 8,
    facts: 'only a pause of hers',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole, conditions.paused)],
    say: lead(),
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est en pause : l’Aide aux études (démo).',
    en: 'No organisation can receive information about you from another for now. One sharing is paused: Student Aid (demo).',
  },
  {
    no: 9,
    facts: 'a pause, and a law at the same body',
    of: 'residence',
    sharings: (r) => [sharingOf(r, aid, whole, conditions.paused)],
    say: lead({ used: true }),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que la loi le permet. Un partage est en pause.',
    en: 'One organisation can receive information about you: Student Aid (demo), because the law allows it. One sharing is paused.',
  },
  {
    no: 9,
    facts: 'a pause, and a law at another body',
    of: 'rent',
    sharings: (r) => [sharingOf(r, aid, whole, conditions.paused)],
    say: lead({ used: true }),
    fr: 'Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet. Un partage est en pause : l’Aide aux études (démo).',
    en: 'One organisation can receive information about you: Affordable Housing (demo), because the law allows it. One sharing is paused: Student Aid (demo).',
  },
  {
    no: 10,
    facts: 'limit reached',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole, conditions['used-up'])],
    say: lead(),
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. L’Aide aux études (démo) ne peut pas recevoir votre revenu net, votre situation familiale ni le nombre de vos personnes à charge avant le 1er décembre 2027 : 4 fois sur 4 sont déjà comptées.',
    en: 'No organisation can receive information about you from another for now. Student Aid (demo) cannot receive your net income, your family situation or the number of your dependants before December 1, 2027: 4 times out of 4 are already counted.',
  },
  {
    no: 11,
    facts: 'held by others',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole, conditions.held)],
    say: lead(),
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est suspendu : l’Aide aux études (démo).',
    en: 'No organisation can receive information about you from another for now. One sharing is suspended: Student Aid (demo).',
  },
  {
    no: 12,
    facts: 'answers not whole',
    of: 'both',
    sharings: (r) => [sharingOf(r, aid, whole)],
    say: lead({ isWhole: false }),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Une de vos réponses a été changée sans nous. Tant que nous vérifions, nous ne permettons aucun envoi prévu par la loi.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One of your answers was changed without us. While we check, we allow nothing to be sent under the law.',
  },
  {
    no: 12,
    facts: 'rows that are not as they were written',
    of: 'both',
    sharings: (r) => [sharingOf(r, aid, whole)],
    say: lead({ isUntrusted: true }),
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    en: 'No organisation can receive information about you from another for now.',
  },
  {
    no: 13,
    facts: 'ends within 30 days',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole, soon)],
    say: lead(),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Le partage avec l’Aide aux études (démo) finit le 13 décembre 2026.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. What you share with Student Aid (demo) ends on December 13, 2026.',
  },
  {
    no: 13,
    facts: 'one of two ends',
    of: 'none',
    sharings: (r) => [sharingOf(r, aid, whole, soon), sharingOf(r, loan, [income])],
    say: lead(),
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Un partage avec l’Aide aux études (démo) finit le 13 décembre 2026.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One sharing with Student Aid (demo) ends on December 13, 2026.',
  },
  {
    no: 14,
    facts: 'no other way',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your net income or your family situation.',
  },
  {
    no: 15,
    facts: 'by another choice',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: after('stop', 'future'),
    fr: 'L’Aide aux études (démo) ne pourra plus recevoir votre situation familiale. Elle pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) will no longer be able to receive your family situation. It will still be able to receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    no: 16,
    facts: 'all of it by another choice',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income])],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    no: 17,
    facts: 'by law',
    of: 'law',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: after('stop', 'past'),
    fr: 'L’Aide aux études (démo) ne pouvait plus recevoir votre situation familiale. Elle pouvait encore recevoir votre revenu net, pour vérifier votre dossier : la loi le permet.',
    en: 'Student Aid (demo) could no longer receive your family situation. It could still receive your net income, to check your file: the law allows it.',
  },
  {
    no: 18,
    facts: 'by two other choices',
    sharings: (r) => [
      sharingOf(r, aid, both),
      sharingOf(r, loan, [income]),
      sharingOf(r, summer, [income]),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour deux raisons que vous avez autorisées : calculer votre bourse d’été; et fixer le remboursement de votre prêt.',
    en: 'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, for two reasons that you allowed: to calculate your summer bursary; and to set your loan repayment.',
  },
  {
    no: 19,
    facts: 'by another choice and by law',
    of: 'law',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income])],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé; et pour vérifier votre dossier : la loi le permet. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it; and to check your file: the law allows it. To calculate your bursary, it no longer can.',
  },
  {
    no: 20,
    facts: 'the other choice is paused',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income], conditions.paused)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. If you resume the paused sharing, it will be able to receive your net income again.',
  },
  {
    no: 20,
    facts: 'the other choice is paused, and was used as often as it may be',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], { ...conditions['used-up'], ...conditions.paused }),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net, mais pas avant le 1er décembre 2027.',
    en: 'Student Aid (demo) can no longer receive your net income. If you resume the paused sharing, it will be able to receive your net income again, but not before December 1, 2027.',
  },
  {
    no: 20,
    facts: 'the other choice is paused, and its limit opens again after its end only',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], { ...conditions['used-up'], ...conditions.paused, ...long }),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income.',
  },
  {
    no: 21,
    facts: 'the other choice is at its limit',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], conditions['used-up']),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut pas recevoir votre revenu net avant le 1er décembre 2027. Ensuite, elle le pourra encore, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive your net income before December 1, 2027. After that, it still can, to set your loan repayment: you allowed it.',
  },
  {
    no: 22,
    facts: 'the other choice is held',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income], conditions.held)],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Un autre partage est suspendu. S’il reprend, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. Another sharing is suspended. If it resumes, it will be able to receive your net income again.',
  },
  {
    no: 22,
    facts: 'the other choice is held, and was used as often as it may be',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], { ...conditions['used-up'], ...conditions.held }),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Un autre partage est suspendu. S’il reprend, elle pourra de nouveau recevoir votre revenu net, mais pas avant le 1er décembre 2027.',
    en: 'Student Aid (demo) can no longer receive your net income. Another sharing is suspended. If it resumes, it will be able to receive your net income again, but not before December 1, 2027.',
  },
  {
    no: 23,
    facts: 'the other covers other years',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, loan, [income], { lookbackFrom: '2023-01-01', lookbackTo: '2024-12-31' }),
    ],
    say: after('stop', 'present'),
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net de 2023 et 2024, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income for 2023 and 2024, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    no: 24,
    facts: 'the same datum, another body, by choice',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, housing, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour choisir votre logement : vous l’avez autorisé. Ce partage continue.',
    en: 'Affordable Housing (demo) can also receive your net income, to choose your housing: you allowed it. That sharing goes on.',
  },
  {
    no: 24,
    facts: 'the same datum, another body, by two choices',
    sharings: (r) => [
      sharingOf(r, aid, [income]),
      sharingOf(r, housing, [income]),
      sharingOf(r, flat, [income]),
    ],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour deux raisons que vous avez autorisées : réparer votre logement; et choisir votre logement. Ces partages continuent.',
    en: 'Affordable Housing (demo) can also receive your net income, for two reasons that you allowed: to repair your home; and to choose your housing. Those sharings go on.',
  },
  {
    no: 25,
    facts: 'the same, by law',
    of: 'rent',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour vérifier votre loyer : la loi le permet.',
    en: 'Affordable Housing (demo) can also receive your net income, to check your rent: the law allows it.',
  },
  {
    no: 26,
    facts: 'other data, the same body',
    of: 'residence',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: beside,
    fr: 'L’Aide aux études (démo) peut aussi recevoir votre résidence au Québec, pour vérifier votre résidence au Québec : la loi le permet.',
    en: 'Student Aid (demo) can also receive your residence in Québec, to check that you live in Québec: the law allows it.',
  },
  {
    no: 27,
    facts: 'two stopped at once',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: doneTogether,
    fr: 'Ce partage est arrêté. 2 partages sont arrêtés. L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'This sharing is stopped. 2 sharings are stopped. Student Aid (demo) can no longer receive your net income or your family situation. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 28,
    facts: 'a permit of the last minute',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: doneInFlight,
    fr: 'Ce partage est arrêté. Un envoi permis à 10 h 19 peut encore finir, au plus tard à 10 h 21. L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'This sharing is stopped. Something allowed at 10:19 a.m. may still be sent, by 10:21 a.m. at the latest. Student Aid (demo) can no longer receive your net income. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 29,
    facts: 'sent before',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: sentBefore({ lastSentAt: new Date('2026-11-30T15:15:00.000Z') }),
    fr: 'Le dernier envoi date du 30 novembre 2026 à 10 h 15. L’arrêt ne reprend rien.',
    en: 'It was last sent on November 30, 2026 at 10:15 a.m., and stopping takes nothing back.',
  },
  {
    no: 29,
    facts: 'never sent',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: sentBefore({}),
    fr: 'Ce partage n’a jamais servi.',
    en: 'This sharing was never used.',
  },
  {
    no: 29,
    facts: 'asked about, and nothing was announced',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: sentBefore({ isInquired: true }),
    fr: 'Aucun envoi ne nous a été annoncé.',
    en: 'We were told of nothing sent.',
  },
  {
    no: 30,
    facts: 'a record that is not as it was written',
    sharings: (r) => [sharingOf(r, aid, [income], conditions.untrusted)],
    say: untrusted,
    fr: 'Ce que nous gardons de ce partage a été changé sans nous. Ce partage ne permet plus d’envoi. Vous pouvez l’arrêter.',
    en: 'What we keep of this sharing was changed without us. It allows nothing to be sent any more. You can stop it.',
  },
  {
    no: 31,
    facts: 'a pause, no other way',
    sharings: (r) => [sharingOf(r, aid, [income])],
    say: after('pause', 'pause'),
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre revenu net.',
    en: 'During the pause, Student Aid (demo) cannot receive your net income.',
  },
  {
    no: 32,
    facts: 'a pause, another way',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, loan, [income])],
    say: after('pause', 'pause'),
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'During the pause, Student Aid (demo) cannot receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    no: 33,
    facts: 'a pause is over',
    sharings: (r) => [sharingOf(r, aid, [income], { ...conditions.paused, ...long })],
    say: resumed,
    fr: 'L’Aide aux études (démo) peut de nouveau recevoir votre revenu net, jusqu’au 1er juin 2027.',
    en: 'Student Aid (demo) can receive your net income again, until June 1, 2027.',
  },
  {
    no: 33,
    facts: 'a pause is over, of data of which one was received all along',
    sharings: (r) => [
      sharingOf(r, aid, both, { ...conditions.paused, ...long }),
      sharingOf(r, loan, [income]),
    ],
    say: resumed,
    fr: 'L’Aide aux études (démo) peut de nouveau recevoir votre situation familiale, jusqu’au 1er juin 2027. Elle peut encore recevoir votre revenu net, pour deux raisons que vous avez autorisées : fixer le remboursement de votre prêt; et calculer votre bourse.',
    en: 'Student Aid (demo) can receive your family situation again, until June 1, 2027. It can still receive your net income, for two reasons that you allowed: to set your loan repayment; and to calculate your bursary.',
  },
  {
    no: 34,
    facts: 'a pause is over, and another cause holds the sharing',
    sharings: (r) => [
      sharingOf(r, aid, [income], { ...conditions.paused, suspendedReasons: ['person', 'order'] }),
    ],
    say: doneResumed,
    fr: 'Votre pause est finie. Le partage reste suspendu.',
    en: 'Your pause is over. The sharing stays suspended.',
  },
  {
    no: 35,
    facts: 'an optional datum is removed',
    sharings: (r) => [sharingOf(r, aid, both)],
    say: narrowed,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your family situation.',
  },
  {
    no: 36,
    facts: 'removed, and another way',
    sharings: (r) => [sharingOf(r, aid, both), sharingOf(r, summer, [family])],
    say: narrowed,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre situation familiale, pour calculer votre bourse d’été : vous l’avez autorisé. Ce partage-ci ne le permet plus.',
    en: 'Student Aid (demo) can still receive your family situation, to calculate your summer bursary: you allowed it. This sharing no longer allows it.',
  },
  {
    no: 37,
    facts: 'an earlier end, and a way that lasts',
    sharings: (r) => [sharingOf(r, aid, [income]), sharingOf(r, loan, [income], long)],
    say: shorter,
    fr: 'Jusqu’au 13 décembre 2026, au lieu du 24 août 2027. Ensuite, l’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt, jusqu’au 1er juin 2027 : vous l’avez autorisé. Pour calculer votre bourse, elle ne le pourra plus.',
    en: 'Until December 13, 2026, instead of August 24, 2027. After that, Student Aid (demo) will still be able to receive your net income, to set your loan repayment, until June 1, 2027: you allowed it. To calculate your bursary, it no longer will.',
  },
  {
    no: 38,
    facts: 'fewer times',
    sharings: (r) => [
      sharingOf(r, aid, [income], { uses: 1, windowUses: 1, windowStartedAt: hourBefore }),
    ],
    say: fewerTimes,
    fr: 'Désormais au plus 2 fois par an, au lieu de 4. Une fois est déjà comptée.',
    en: 'From now on at most 2 times per year, instead of 4. One time is already counted.',
  },
  {
    no: 39,
    facts: 'left to end, no other way',
    sharings: (r) => [sharingOf(r, aid, [income], soon)],
    say: leftToEnd,
    fr: 'Il s’arrête seul le 13 décembre 2026. Vous n’avez rien à faire. Ensuite L’Aide aux études (démo) ne pourra plus recevoir votre revenu net. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'It stops by itself on December 13, 2026. There is nothing for you to do. After that Student Aid (demo) will no longer be able to receive your net income. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 40,
    facts: 'left to end, another way',
    sharings: (r) => [sharingOf(r, aid, [income], soon), sharingOf(r, loan, [income], long)],
    say: leftToEnd,
    fr: 'Il s’arrête seul le 13 décembre 2026. Vous n’avez rien à faire. Ensuite L’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le pourra plus. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'It stops by itself on December 13, 2026. There is nothing for you to do. After that Student Aid (demo) will still be able to receive your net income, to set your loan repayment: you allowed it. To calculate your bursary, it no longer will. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 41,
    facts: 'a change is refused',
    sharings: (r) => [sharingOf(r, aid, [income], long)],
    say: refused('change-refused', income, dependants),
    fr: 'L’Aide aux études (démo) ne peut pas recevoir le nombre de vos personnes à charge. Elle peut encore recevoir votre revenu net, pour calculer votre bourse, jusqu’au 1er juin 2027 : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive the number of your dependants. It can still receive your net income, to calculate your bursary, until June 1, 2027: you allowed it.',
  },
  {
    no: 42,
    facts: 'refused, and another way',
    sharings: (r) => [sharingOf(r, loan, [income])],
    say: refused('refused', income),
    fr: 'L’Aide aux études (démo) peut quand même recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) can receive your net income all the same, to set your loan repayment: you allowed it.',
  },
]

test.each(table)('$no $facts', ({ of = 'none', sharings, say, fr, en }) => {
  const register = present(given.get(of), 'a register')
  // Ids count the order of answers: the first is the oldest.
  const person = { register, consents: sharings(register) }
  expect([plain(say(person, 'fr')), plain(say(person, 'en'))]).toEqual([fr, en])
})

test('every case has a row', () => {
  const rows = new Set(table.map(({ no }) => no))
  const all = Array.from({ length: cases }, (_, n) => n + 1)
  expect([...rows].toSorted((a, b) => a - b)).toEqual(all)
})

test('no case says of its own accord that nothing is sent', () => {
  expect(table.filter(({ fr, en }) => saysNothing.test(fr) || saysNothing.test(en))).toEqual([])
  expect(
    ['Plus rien n’est envoyé.', 'Nothing more is sent.'].filter((said) => saysNothing.test(said)),
  ).toHaveLength(2)
})
