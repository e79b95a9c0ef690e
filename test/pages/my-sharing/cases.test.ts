import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayAfter, dayBefore, dayOf, noonOf } from '../../../src/base/values/calendar.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { pauseConsent, revokeConsent } from '../../../src/consent/record/index.ts'
import { suspend } from '../../../src/consent/record/life.ts'
import { lockedConsents } from '../../../src/consent/record/store.ts'
import { permitSeconds } from '../../../src/consent/decisions/index.ts'
import { closeInquiries } from '../../../src/consent/disclosures/index.ts'
import { openBook } from '../../../src/ledger/chain/index.ts'
import { transact } from '../../../src/base/database/database.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Change } from '../../support/world.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { until } from '../../support/fault-process.ts'
import { lawful } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { coolDown } from '../../support/cooling.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Load } from '../../support/sharing-load.ts'
import {
  answerShown,
  currentRows,
  openLoad,
  showAgain,
  uuidOf,
} from '../../support/sharing-load.ts'
import type { Json } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  press as pressAnswer,
  reportOf,
  shareAsNewcomer,
  stop,
  withoutPlain,
} from '../../support/sharing.ts'
import { inDays } from '../../support/time.ts'
import {
  allowable,
  another,
  dependants,
  family,
  income,
  lawful as lawfulIn,
} from '../../consent/standing/people.ts'
import { choose, confirm, consentOf, pathOf, press } from './living.ts'
import { saysNothing } from './read-pages.ts'

// What pages say of what may be sent about a person: each case by its number, with its facts and its words in both languages. First of
// « Mes partages », then of a stop, a pause and its end, a reduction, an end, a no. Her answers, stops and pauses are rows of a database,
// written by the deeds that pages call; what is compared is what stands on the page that a browser gets.

/** So many cases there are: each has a row, or more. */
const cases = 42

type Language = 'fr' | 'en'
const words = makeWords()

/** What she may be asked for: an agreement with its purpose and the body that receives. */
type Asked = { readonly agreement: string; readonly purpose: string; readonly recipient: string }
const aid = askedBy('001', 'pur_calcul-aide', 'org_aide-etudes')
const loan = askedBy('009', 'pur_remboursement-pret', 'org_aide-etudes')
const summer = askedBy('911', 'pur_bourse-ete', 'org_aide-etudes')
const housing = askedBy('912', 'pur_logement', 'org_logement-abordable')
const flat = askedBy('913', 'pur_travaux', 'org_logement-abordable')
const others = [1, 2, 3].map((n) => askedBy(`90${n}`, `pur_autre-${n}`, `org_autre-${n}`))

function askedBy(no: string, purpose: string, recipient: string): Asked {
  return { agreement: `agr_2026-${no}`, purpose, recipient }
}

// Of what is agreed in some cases only.
const rent = 'agr_2026-014'
const residence = 'agr_2026-017'
const control = 'agr_2026-951'
const more = ['agr_2026-904', 'agr_2026-905']
const homes = [housing.agreement, flat.agreement]

const registers = {
  none: homes,
  law: [control],
  rent: [rent],
  residence: [residence],
  both: [rent, residence],
  seven: [rent, residence, ...more],
} as const satisfies Readonly<Record<string, readonly string[]>>
type Name = keyof typeof registers

const inSomeCases = [...new Set(Object.values(registers).flat())]

// Limits that open again before a sharing ends, and data that she may leave out.
const limits: Readonly<Record<string, Json>> = {
  [aid.purpose]: {
    frequency_limit: { count: 4, per: 'P3M' },
    necessity_by_category: { [income]: 'required', [family]: 'optional', [dependants]: 'optional' },
  },
  [loan.purpose]: { frequency_limit: { count: 2, per: 'P3M' } },
  // What the law allows is used once, and may be again.
  'pur_verification-loyer': { frequency_limit: { count: 2, per: 'P1Y' } },
}
const uses: Readonly<Record<string, number>> = { [aid.agreement]: 4, [loan.agreement]: 2 }

function withLimits(object: RegisterObject): RegisterObject {
  const { content } = withoutPlain(object)
  return { ...object, content: { ...content, ...limits[object.id] } }
}

/** The text of a question, for another purpose. */
function textFor({ agreement, purpose }: Asked, of: string): Change {
  const set = { purpose_id: `${purpose}@1`, agreement_id: `${agreement}@1` }
  return { of, as: `txt_${purpose.slice('pur_'.length)}`, set }
}

function withSet(change: Change, id: string, set: Json): Change {
  return change.as === id ? { ...change, set: { ...change.set, ...set } } : change
}

// The summer bursary may ask for the family situation alone.
const summerNeeds = {
  necessity_by_category: { [income]: 'required', [family]: 'required', [dependants]: 'optional' },
}

const suspended = { status: 'suspended' }
const agreed: readonly Change[] = [
  ...allowable([summer.agreement, summer.purpose], summer.recipient, {
    fr: 'calculer votre bourse d’été',
    en: 'calculate your summer bursary',
  }).map((change) => withSet(change, summer.purpose, summerNeeds)),
  ...allowable([housing.agreement, housing.purpose], housing.recipient, {
    fr: 'choisir votre logement',
    en: 'choose your housing',
  }),
  ...allowable([flat.agreement, flat.purpose], flat.recipient, {
    fr: 'réparer votre logement',
    en: 'repair your home',
  }),
  ...lawfulIn(income, control),
  ...[1, 2, 3].flatMap((n) => another(n, 'agr_2026-009')),
  ...[4, 5].flatMap((n) => another(n, 'agr_2026-014')),
  ...[summer, housing, flat].map((one) => textFor(one, 'txt_calcul-aide')),
  ...others.map((one) => textFor(one, 'txt_remboursement-pret')),
].map((change) =>
  inSomeCases.includes(change.as ?? change.of)
    ? { ...change, set: { ...change.set, ...suspended } }
    : change,
)

let stage: MovingStage
let load: Load
let tokens: { readonly decide: string; readonly report: string }
let inForce: ReadonlySet<string> = new Set([rent, residence])

beforeAll(async () => {
  const env = { ATTESTATION: 'no' }
  stage = await startMovingStage(undefined, undefined, { env }, withLimits)
  load = await openLoad(stage)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
  await stage.apply(...agreed)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** From now on these are agreed, and no other of those that are agreed in some cases only. */
async function agreeOn(of: Name): Promise<void> {
  const next = new Set<string>(registers[of])
  const changes = inSomeCases
    .filter((id) => next.has(id) !== inForce.has(id))
    .map((id) => ({ of: id, set: { status: next.has(id) ? 'in_force' : 'suspended' } }))
  inForce = next
  if (changes.length === 0) return
  await stage.apply(...changes)
  // What is asked here is what the law allows, and not since when.
  await coolDown(stage.db, await sealsOf(stage.keysDir))
}

// Ends of sharings, in days from now: within thirty days, within the time that a purpose lets a sharing last, and late in it.
const lasting = { soon: 12, long: 180, far: 300 } as const

/** What became of a sharing once it was allowed, in this order. */
type Turn =
  | 'paused'
  | 'held'
  | 'paused-and-held'
  | 'used-once'
  | 'used-up'
  | 'stopped'
  | 'untrusted'

type Given = {
  readonly asked: Asked
  readonly what: readonly string[]
  readonly until?: keyof typeof lasting
  readonly years?: { readonly from: string; readonly to: string }
  readonly is?: readonly Turn[]
}

function given(
  asked: Asked,
  what: readonly string[],
  rest: Omit<Given, 'asked' | 'what'> = {},
): Given {
  return { asked, what, ...rest }
}

/** Somebody with sharings, `con_…`: the first one is the oldest. */
type Known = Pick<NewPerson, 'personId' | 'browser'> & {
  readonly sub: string
  readonly ids: string[]
  /** Instants that pages name, by how the table calls them. */
  readonly at: Record<string, Date>
  /** The page after an answer of hers. */
  readonly answer?: string
}

async function newKnown(sharings: readonly Given[]): Promise<Known> {
  const { personId, browser } = await newPerson(stage)
  const sub = load.pairwise.subject(personId, 'org_agence-revenu')
  const ends = Object.entries(lasting).map(([name, days]) => [name, noonOf(inDays(days))] as const)
  const opens = noonOf(dayAfter(dayOf(new Date()), 'P3M'))
  const at: Record<string, Date> = { ...Object.fromEntries(ends), opens }
  const known: Known = { personId, browser, sub, ids: [], at }
  for (const sharing of sharings) {
    const id = await allow(known, sharing)
    known.ids.push(id)
    for (const turn of sharing.is ?? []) await turns[turn](known, id, sharing)
  }
  return known
}

function optionalIn({ agreement }: Asked): readonly string[] {
  return agreement === summer.agreement ? [dependants] : [family, dependants]
}

/** She was shown a question. */
function showTo({ personId }: Known, { asked, what, until = 'far', years }: Given) {
  const { agreement, purpose, recipient } = asked
  const optional = what.filter((id) => optionalIn(asked).includes(id))
  const change = {
    agreement,
    purpose,
    recipient,
    datatypes: what.filter((id) => !optional.includes(id)),
    optional_datatypes: optional,
    duration: { until: inDays(lasting[until]) },
    lookback: years,
  }
  return transact(load.db, async (tx) => {
    const shown = await showAgain(load, tx, personId, change)
    return { ...shown, answer: { ...shown.answer, chosen: optional } }
  })
}

async function allow(known: Known, sharing: Given): Promise<string> {
  const shown = await showTo(known, sharing)
  await transact(load.db, (tx) => answerShown(load, tx, shown))
  return writeId('con', shown.row.consentId)
}

const acr = 'urn:accord:aal:2'

function by({ personId }: Known, id: string) {
  return { personId, consentId: uuidOf(id), acr }
}

/** A cause that is not hers: no page of hers writes it. */
async function suspendFor(
  known: Known,
  id: string,
  reasons: Parameters<typeof suspend>[4]['reasons'],
) {
  await transact(load.db, async (tx) => {
    const book = await openBook(tx, load.vault, known.personId)
    const living = await lockedConsents(tx, book, known.personId)
    const consent = present(
      living.find(({ consentId }) => consentId === uuidOf(id)),
      'a sharing that lives',
    )
    await suspend(tx, book, load.notary, consent, { reasons, acr })
  })
}

async function use({ sub, at }: Known, { asked: { purpose, recipient } }: Given, times: number) {
  for (let n = 0; n < times; n++) {
    const permit = await decide(stage, tokens.decide, evaluation(sub, { purpose, recipient }))
    expect(permit.decision, purpose).toBe(true)
    at['permitted'] = new Date(String(permit.context['evaluated_at']))
  }
}

const turns: Readonly<Record<Turn, (known: Known, id: string, sharing: Given) => Promise<void>>> = {
  paused: (known, id) => transact(load.db, (tx) => pauseConsent(tx, load.notary, by(known, id))),
  held: (known, id) => suspendFor(known, id, ['incident']),
  'paused-and-held': (known, id) => suspendFor(known, id, ['person', 'order']),
  'used-once': (known, _id, sharing) => use(known, sharing, 1),
  'used-up': (known, _id, sharing) => use(known, sharing, uses[sharing.asked.agreement] ?? 0),
  stopped: (known, id) => transact(load.db, (tx) => revokeConsent(tx, load.notary, by(known, id))),
  // Whoever can write rows has no key for their seals.
  async untrusted(_known, id) {
    await stage
      .db('consentCurrent')
      .where({ consentId: uuidOf(id) })
      .update({ maxUses: 99 })
  },
}

/** A deed of hers, once. */
type Deed = (known: Known) => Promise<void>
/** What a page says then, in words. */
type Say = (known: Known, language: Language) => Promise<string>

function pageOf({ browser }: Known, path: string, language: Language): Promise<Answer> {
  return browser.get(language === 'en' ? `/en${path}` : path)
}

function firstOf({ ids }: Known): string {
  return present(ids[0], 'a sharing')
}

function plain(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/[\s\u00a0]+/g, ' ')
    .trim()
}

/** The text of the first element that begins so, up to its first end. */
function textIn({ body, url }: Answer, begins: RegExp): string {
  const at = present(begins.exec(body) ?? undefined, `${begins.source} on ${url}`)
  const tag = /^<(\w+)/.exec(at[0])?.[1] ?? ''
  return plain(body.slice(at.index, body.indexOf(`</${tag}>`, at.index)))
}

/** What stands in a text between two others of the catalogue. */
function between(text: string, [from, to]: readonly [string, string], language: Language): string {
  const [first, last] = [from, to].map((key) => plain(words.t(language, key)))
  const start = text.indexOf(first ?? '')
  const end = text.indexOf(last ?? '', start + 1)
  expect([start, end], text).not.toContain(-1)
  return text.slice(start + (first ?? '').length, end).trim()
}

/** The first sentences of « Mes partages ». */
const lead: Say = async (known, language) =>
  textIn(await pageOf(known, '/mes-partages', language), /<p class="lead"/)

/** The note after a deed, without its first words and the sentence that stands on every page. */
function note(deed: string, said: string): Say {
  return async (known, language) => {
    const page = await pageOf(known, `${pathOf(firstOf(known))}?fait=${deed}`, language)
    const text = textIn(page, /<div class="note done"/)
    return between(text, [`my-sharing.done.${said}`, 'standing.later'], language)
  }
}

const stopped = note('arret', 'stopped')
const paused = note('pause', 'paused')
const resumed = note('reprise', 'resumed')
const narrowed = note('reduction', 'narrowed')

/** The whole note after a deed. */
function wholeNote(deed: string): Say {
  return async (known, language) => {
    const page = await pageOf(known, `${pathOf(firstOf(known))}?fait=${deed}`, language)
    return textIn(page, /<div class="note done"/)
  }
}
const stoppedNote = wholeNote('arret')
const resumedHeld = wholeNote('reprise')

function toStop(known: Known, language: Language): Promise<Answer> {
  return pageOf(known, `${pathOf(firstOf(known))}/arret`, language)
}

/** What ends, and what the same body may receive all the same. */
const beforeStop: Say = async (known, language) => {
  const page = await toStop(known, language)
  return [/<ul class="gone"/, /<section class="still"/].map((one) => textIn(page, one)).join(' ')
}

/** What the stop does not touch: the last thing on its page. */
const beside: Say = async (known, language) => {
  const text = plain(/<main[\s\S]*<\/main>/.exec((await toStop(known, language)).body)?.[0] ?? '')
  const title = plain(words.t(language, 'my-sharing.stop.beside'))
  return text.slice(text.indexOf(title) + title.length).trim()
}

const sentBefore: Say = async (known, language) =>
  between(
    textIn(await toStop(known, language), /<dl class="summary"/),
    ['my-sharing.stop.sent', 'my-sharing.stop.consequence'],
    language,
  )

const warned: Say = async (known, language) =>
  textIn(await toStop(known, language), /<p class="note warning"/)

/** The page that offers to renew the first sharing. */
const leftToEnd: Say = async (known, language) => {
  const page = await pageOf(known, `${pathOf(firstOf(known))}/renouvellement`, language)
  const text = textIn(page, /<dl class="summary"/)
  return text.slice(plain(words.t(language, 'my-sharing.renewal.end')).length).trim()
}

/** All that stands on the page that confirms a reduction. */
function narrowing(days: keyof typeof lasting, times: number): Say {
  return async (known, language) => {
    const path = `${pathOf(firstOf(known))}/reduction?fin=${inDays(lasting[days])}&fois=${times}`
    return plain((await pageOf(known, path, language)).body)
  }
}

const stops: Deed = async (known) => {
  await stop(known.browser, firstOf(known))
}

const stopsBoth: Deed = async ({ browser, ids: [id = '', ...also] }) => {
  const { action, fields } = formOf(await browser.get(`${pathOf(id)}/arret`))
  const body = new URLSearchParams(fields)
  for (const one of also) body.append('aussi', one)
  const sent = await browser.post(action, body.toString())
  expect(sent.status).toBe(303)
}

const pauses: Deed = async (known) => {
  await press(known.browser, firstOf(known), 'pause')
}

const resumes: Deed = async (known) => {
  await press(known.browser, firstOf(known), 'reprise')
}

/** What she need not allow is left out. */
const narrows: Deed = async (known) => {
  const done = await confirm(known.browser, await choose(known.browser, firstOf(known), {}))
  known.ids[0] = consentOf(done)
}

const isAsked: Deed = async (known) => {
  await showTo(known, given(aid, whole))
}

const isUsedByLaw: Deed = async ({ sub }) => {
  expect((await decide(stage, tokens.decide, lawful(sub))).decision).toBe(true)
}

/** A permit may still be used when she stops. */
const isPermittedAndStops: Deed = async (known) => {
  await use(known, given(aid, []), 1)
  const end = present(known.at['permitted'], 'a permit').getTime() + permitSeconds * 1000
  known.at['over'] = new Date(Math.ceil(end / minuteMs) * minuteMs)
  await stops(known)
}
const minuteMs = 60_000

const isSent: Deed = async ({ sub, at }) => {
  const permit = await decide(stage, tokens.decide, evaluation(sub))
  const report = reportOf(permit)
  const sent = await stage.revenue.api('/disclosures', tokens.report, report)
  expect(sent.status).toBe(201)
  at['sent'] = new Date(String(report['occurred_at']))
}

/** By a service that she goes to: the holder looks at its token, and announces nothing. */
const isLookedAt: Deed = async (known) => {
  const { consentId, browser, sub } = await shareAsNewcomer(stage, { datatypes: [income] })
  Object.assign(known, { ids: [consentId], browser })
  const personId = load.pairwise.person(sub, 'org_agence-revenu') ?? ''
  const tally = () => stage.db('inquiryTally').where({ personId })
  await until('the introspection is counted', async () => (await tally()).length === 1)
  // It was yesterday, and that day is closed.
  await tally().update({ day: dayBefore(dayOf(new Date()), 'P1D') })
  await closeInquiries(load, new Date())
}

/** She says no to a question. */
function refuses(change: (known: Known) => Promise<Json>): Deed {
  return async (known) => {
    const asked = await ask(stage, known.browser, await change(known))
    const answered = await pressAnswer(asked, 'refus')
    Object.assign(known, { answer: new URL(answered.url).pathname })
  }
}

const refusesChange = refuses(async ({ personId }) => {
  const [row] = await currentRows(load, personId)
  return {
    arrangement: writeId('arr', present(row, 'a sharing').arrangementId),
    datatypes: [income],
    optional_datatypes: [dependants],
    duration: { until: inDays(lasting.far) },
  }
})
const refusesMore = refuses(() =>
  Promise.resolve({ datatypes: [income], optional_datatypes: undefined }),
)

/** What the page after a no says of what may be sent all the same. @param after which words */
function answered(after: 'change' | 'change-refused'): Say {
  return async (known, language) => {
    const { body } = await pageOf(known, present(known.answer, 'an answer'), language)
    return between(plain(body), [`consent.answered.${after}`, 'standing.later'], language)
  }
}

type Row = {
  readonly no: number
  readonly facts: string
  readonly of?: Name
  readonly sharings: readonly Given[]
  readonly deed?: Deed
  readonly say: Say
  /** Days and times stand in braces; of a page of which some pieces are looked for, `…` stands between these. */
  readonly fr: string
  readonly en: string
}

const both = [income, family]
const whole = [income, family, dependants]

const table: readonly Row[] = [
  {
    no: 1,
    facts: 'no way',
    of: 'none',
    sharings: [],
    say: lead,
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous.',
    en: 'No organisation can receive information about you from another.',
  },
  {
    no: 2,
    facts: 'no way, a question waits',
    of: 'none',
    sharings: [],
    deed: isAsked,
    say: lead,
    fr: 'Une question vous attend. Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
    en: 'A question is waiting for you. No organisation can receive information about you from another for now.',
  },
  {
    no: 3,
    facts: 'one choice',
    of: 'none',
    sharings: [given(aid, whole)],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it.',
  },
  {
    no: 4,
    facts: 'one law, never used',
    of: 'rent',
    sharings: [],
    say: lead,
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet (jamais servi).',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it (never used).',
  },
  {
    no: 4,
    facts: 'one law, used, after a sharing that she stopped',
    of: 'rent',
    sharings: [given(aid, whole, { is: ['stopped'] })],
    deed: isUsedByLaw,
    say: lead,
    fr: 'Vous n’autorisez aucun partage. Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet.',
    en: 'You allow no sharing. One organisation can receive information about you: Affordable Housing (demo), because the law allows it.',
  },
  {
    no: 5,
    facts: 'choice and law, one organisation',
    of: 'residence',
    sharings: [given(aid, whole)],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it and because the law allows it.',
  },
  {
    no: 6,
    facts: 'choice and law, and law elsewhere',
    of: 'both',
    sharings: [given(aid, whole)],
    deed: isUsedByLaw,
    say: lead,
    fr: 'Deux organismes peuvent recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé et parce que la loi le permet; Logement abordable (démo), parce que la loi le permet.',
    en: 'Two organisations can receive information about you: Student Aid (demo), because you allowed it and because the law allows it; Affordable Housing (demo), because the law allows it.',
  },
  {
    no: 7,
    facts: 'four or more',
    of: 'seven',
    sharings: [...others.map((one) => given(one, [income])), given(aid, whole)],
    say: lead,
    fr: 'Sept organismes peuvent recevoir des renseignements sur vous : quatre parce que vous l’avez autorisé, quatre parce que la loi le permet, dont un pour les deux raisons.',
    en: 'Seven organisations can receive information about you: four because you allowed it, four because the law allows it, one of them for both reasons.',
  },
  {
    no: 7,
    facts: 'four by law alone',
    of: 'seven',
    sharings: [],
    say: lead,
    fr: 'Vous n’autorisez aucun partage. Quatre organismes peuvent recevoir des renseignements sur vous, parce que la loi le permet.',
    en: 'You allow no sharing. Four organisations can receive information about you, because the law allows it.',
  },
  {
    no: 8,
    facts: 'only a pause of hers',
    of: 'none',
    sharings: [given(aid, whole, { is: ['paused'] })],
    say: lead,
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est en pause : l’Aide aux études (démo).',
    en: 'No organisation can receive information about you from another for now. One sharing is paused: Student Aid (demo).',
  },
  {
    no: 9,
    facts: 'a pause, and a law at the same body',
    of: 'residence',
    sharings: [given(aid, whole, { is: ['paused'] })],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que la loi le permet (jamais servi). Un partage est en pause.',
    en: 'One organisation can receive information about you: Student Aid (demo), because the law allows it (never used). One sharing is paused.',
  },
  {
    no: 9,
    facts: 'a pause, and a law at another body',
    of: 'rent',
    sharings: [given(aid, whole, { is: ['paused'] })],
    deed: isUsedByLaw,
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : Logement abordable (démo), parce que la loi le permet. Un partage est en pause : l’Aide aux études (démo).',
    en: 'One organisation can receive information about you: Affordable Housing (demo), because the law allows it. One sharing is paused: Student Aid (demo).',
  },
  {
    no: 10,
    facts: 'limit reached',
    of: 'none',
    sharings: [given(aid, whole, { is: ['used-up'] })],
    say: lead,
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. L’Aide aux études (démo) ne peut pas recevoir votre revenu net, votre situation familiale ni le nombre de vos personnes à charge avant le {opens} : 4 fois sur 4 sont déjà comptées.',
    en: 'No organisation can receive information about you from another for now. Student Aid (demo) cannot receive your net income, your family situation or the number of your dependants before {opens}: 4 times out of 4 are already counted.',
  },
  {
    no: 11,
    facts: 'held by others',
    of: 'none',
    sharings: [given(aid, whole, { is: ['held'] })],
    say: lead,
    fr: 'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment. Un partage est suspendu : l’Aide aux études (démo). Pourquoi ce partage est suspendu',
    en: 'No organisation can receive information about you from another for now. One sharing is suspended: Student Aid (demo). Why this sharing is suspended',
  },
  {
    no: 12,
    facts: 'answers not whole',
    of: 'both',
    sharings: [given(loan, [income], { is: ['stopped', 'untrusted'] }), given(aid, whole)],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Une de vos réponses a été changée sans nous. Tant que nous vérifions, nous ne permettons aucun envoi prévu par la loi.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One of your answers was changed without us. While we check, we allow nothing to be sent under the law.',
  },
  {
    no: 13,
    facts: 'ends within 30 days',
    of: 'none',
    sharings: [given(aid, whole, { until: 'soon' })],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Le partage avec l’Aide aux études (démo) finit le {soon}.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. What you share with Student Aid (demo) ends on {soon}.',
  },
  {
    no: 13,
    facts: 'one of two ends',
    of: 'none',
    sharings: [given(aid, whole, { until: 'soon' }), given(loan, [income])],
    say: lead,
    fr: 'Un organisme peut recevoir des renseignements sur vous : l’Aide aux études (démo), parce que vous l’avez autorisé. Un partage avec l’Aide aux études (démo) finit le {soon}.',
    en: 'One organisation can receive information about you: Student Aid (demo), because you allowed it. One sharing with Student Aid (demo) ends on {soon}.',
  },
  {
    no: 14,
    facts: 'no other way',
    sharings: [given(aid, both)],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your net income or your family situation.',
  },
  {
    no: 15,
    facts: 'by another choice',
    sharings: [given(aid, both), given(loan, [income])],
    say: beforeStop,
    fr: 'L’Aide aux études (démo) ne pourra plus recevoir votre revenu net pour cette raison. Elle ne pourra plus recevoir votre situation familiale. Elle pourra encore recevoir votre revenu net Pour fixer le remboursement de votre prêt. Vous l’avez autorisé, jusqu’au {far}. Arrêter aussi ce partage',
    en: 'Student Aid (demo) will no longer be able to receive your net income for this reason. It will no longer be able to receive your family situation. It will still be able to receive your net income To set your loan repayment. You allowed it, until {far}. Stop this sharing too',
  },
  {
    no: 16,
    facts: 'all of it by another choice',
    sharings: [given(aid, [income]), given(loan, [income])],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    no: 17,
    facts: 'by law',
    of: 'law',
    sharings: [given(aid, both)],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour vérifier votre dossier : la loi le permet.',
    en: 'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, to check your file: the law allows it.',
  },
  {
    no: 18,
    facts: 'by two other choices',
    sharings: [given(aid, both), given(loan, [income]), given(summer, [income])],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour deux raisons que vous avez autorisées : calculer votre bourse d’été; et fixer le remboursement de votre prêt.',
    en: 'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, for two reasons that you allowed: to calculate your summer bursary; and to set your loan repayment.',
  },
  {
    no: 19,
    facts: 'by another choice and by law',
    of: 'law',
    sharings: [given(aid, [income]), given(loan, [income])],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé; et pour vérifier votre dossier : la loi le permet. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income, to set your loan repayment: you allowed it; and to check your file: the law allows it. To calculate your bursary, it no longer can.',
  },
  {
    no: 20,
    facts: 'the other choice is paused',
    sharings: [given(aid, [income]), given(loan, [income], { is: ['paused'] })],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. If you resume the paused sharing, it will be able to receive your net income again.',
  },
  {
    no: 20,
    facts: 'the other choice is paused, and was used as often as it may be',
    sharings: [given(aid, [income]), given(loan, [income], { is: ['used-up', 'paused'] })],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net, mais pas avant le {opens}.',
    en: 'Student Aid (demo) can no longer receive your net income. If you resume the paused sharing, it will be able to receive your net income again, but not before {opens}.',
  },
  {
    no: 20,
    facts: 'the other choice is paused, and its limit opens again after its end only',
    sharings: [
      given(aid, [income]),
      given(loan, [income], { is: ['used-up', 'paused'], until: 'soon' }),
    ],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income.',
  },
  {
    no: 21,
    facts: 'the other choice is at its limit',
    sharings: [given(aid, [income]), given(loan, [income], { is: ['used-up'] })],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut pas recevoir votre revenu net avant le {opens}. Ensuite, elle le pourra encore, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive your net income before {opens}. After that, it still can, to set your loan repayment: you allowed it.',
  },
  {
    no: 22,
    facts: 'the other choice is held',
    sharings: [given(aid, [income]), given(loan, [income], { is: ['held'] })],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Un autre partage est suspendu. S’il reprend, elle pourra de nouveau recevoir votre revenu net.',
    en: 'Student Aid (demo) can no longer receive your net income. Another sharing is suspended. If it resumes, it will be able to receive your net income again.',
  },
  {
    no: 22,
    facts: 'the other choice is held, and was used as often as it may be',
    sharings: [given(aid, [income]), given(loan, [income], { is: ['used-up', 'held'] })],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Un autre partage est suspendu. S’il reprend, elle pourra de nouveau recevoir votre revenu net, mais pas avant le {opens}.',
    en: 'Student Aid (demo) can no longer receive your net income. Another sharing is suspended. If it resumes, it will be able to receive your net income again, but not before {opens}.',
  },
  {
    no: 23,
    facts: 'the other covers other years',
    sharings: [
      given(aid, [income]),
      given(loan, [income], { years: { from: '2023-01-01', to: '2024-12-31' } }),
    ],
    deed: stops,
    say: stopped,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre revenu net de 2023 et 2024, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le peut plus.',
    en: 'Student Aid (demo) can still receive your net income for 2023 and 2024, to set your loan repayment: you allowed it. To calculate your bursary, it no longer can.',
  },
  {
    no: 24,
    facts: 'the same datum, another body, by choice',
    sharings: [given(aid, [income]), given(housing, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour choisir votre logement : vous l’avez autorisé. Ce partage continue.',
    en: 'Affordable Housing (demo) can also receive your net income, to choose your housing: you allowed it. That sharing goes on.',
  },
  {
    no: 24,
    facts: 'the same datum, another body, by two choices',
    sharings: [given(aid, [income]), given(housing, [income]), given(flat, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour deux raisons que vous avez autorisées : réparer votre logement; et choisir votre logement. Ces partages continuent.',
    en: 'Affordable Housing (demo) can also receive your net income, for two reasons that you allowed: to repair your home; and to choose your housing. Those sharings go on.',
  },
  {
    no: 25,
    facts: 'the same, by law',
    of: 'rent',
    sharings: [given(aid, [income])],
    say: beside,
    fr: 'Logement abordable (démo) peut aussi recevoir votre revenu net, pour vérifier votre loyer : la loi le permet.',
    en: 'Affordable Housing (demo) can also receive your net income, to check your rent: the law allows it.',
  },
  {
    no: 26,
    facts: 'other data, the same body',
    of: 'residence',
    sharings: [given(aid, [income])],
    say: beside,
    fr: 'L’Aide aux études (démo) peut aussi recevoir votre résidence au Québec, pour vérifier votre résidence au Québec : la loi le permet.',
    en: 'Student Aid (demo) can also receive your residence in Québec, to check that you live in Québec: the law allows it.',
  },
  {
    no: 27,
    facts: 'two stopped at once',
    sharings: [given(aid, both), given(loan, [income])],
    deed: stopsBoth,
    say: stoppedNote,
    fr: 'Ce partage est arrêté. 2 partages sont arrêtés. L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'This sharing is stopped. 2 sharings are stopped. Student Aid (demo) can no longer receive your net income or your family situation. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 28,
    facts: 'a permit of the last minute',
    sharings: [given(aid, [income])],
    deed: isPermittedAndStops,
    say: stoppedNote,
    fr: 'Ce partage est arrêté. Un envoi permis à {permitted:time} peut encore finir, au plus tard à {over:time}. L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'This sharing is stopped. Something allowed at {permitted:time} may still be sent, by {over:time} at the latest. Student Aid (demo) can no longer receive your net income. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 29,
    facts: 'sent before',
    sharings: [given(aid, [income])],
    deed: isSent,
    say: sentBefore,
    fr: 'Le dernier envoi date du {sent:moment}. L’arrêt ne reprend rien.',
    en: 'It was last sent on {sent:moment}, and stopping takes nothing back.',
  },
  {
    no: 29,
    facts: 'never sent',
    sharings: [given(aid, [income])],
    say: sentBefore,
    fr: 'Ce partage n’a jamais servi.',
    en: 'This sharing was never used.',
  },
  {
    no: 29,
    facts: 'asked about, and nothing was announced',
    sharings: [given(aid, [income])],
    deed: isLookedAt,
    say: sentBefore,
    fr: 'Aucun envoi ne nous a été annoncé.',
    en: 'We were told of nothing sent.',
  },
  {
    no: 30,
    facts: 'a record that is not as it was written',
    sharings: [given(aid, [income], { is: ['untrusted'] })],
    say: warned,
    fr: 'Ce que nous gardons de ce partage a été changé sans nous. Ce partage ne permet plus d’envoi. Vous pouvez l’arrêter.',
    en: 'What we keep of this sharing was changed without us. It allows nothing to be sent any more. You can stop it.',
  },
  {
    no: 31,
    facts: 'a pause, no other way',
    sharings: [given(aid, [income])],
    deed: pauses,
    say: paused,
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre revenu net.',
    en: 'During the pause, Student Aid (demo) cannot receive your net income.',
  },
  {
    no: 32,
    facts: 'a pause, another way',
    sharings: [given(aid, both), given(loan, [income])],
    deed: pauses,
    say: paused,
    fr: 'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'During the pause, Student Aid (demo) cannot receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  },
  {
    no: 33,
    facts: 'a pause is over',
    sharings: [given(aid, [income], { is: ['paused'], until: 'long' })],
    deed: resumes,
    say: resumed,
    fr: 'L’Aide aux études (démo) peut de nouveau recevoir votre revenu net, jusqu’au {long}.',
    en: 'Student Aid (demo) can receive your net income again, until {long}.',
  },
  {
    no: 33,
    facts: 'a pause is over, of data of which one was received all along',
    sharings: [given(aid, both, { is: ['paused'], until: 'long' }), given(loan, [income])],
    deed: resumes,
    say: resumed,
    fr: 'L’Aide aux études (démo) peut de nouveau recevoir votre situation familiale, jusqu’au {long}. Elle peut encore recevoir votre revenu net, pour deux raisons que vous avez autorisées : fixer le remboursement de votre prêt; et calculer votre bourse.',
    en: 'Student Aid (demo) can receive your family situation again, until {long}. It can still receive your net income, for two reasons that you allowed: to set your loan repayment; and to calculate your bursary.',
  },
  {
    no: 34,
    facts: 'a pause is over, and another cause holds the sharing',
    sharings: [given(aid, [income], { is: ['paused-and-held'] })],
    deed: resumes,
    say: resumedHeld,
    fr: 'Votre pause est finie. Le partage reste suspendu.',
    en: 'Your pause is over. The sharing stays suspended.',
  },
  {
    no: 35,
    facts: 'an optional datum is removed',
    sharings: [given(aid, both)],
    deed: narrows,
    say: narrowed,
    fr: 'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale.',
    en: 'Student Aid (demo) can no longer receive your family situation.',
  },
  {
    no: 36,
    facts: 'removed, and another way',
    sharings: [given(aid, both), given(summer, [family])],
    deed: narrows,
    say: narrowed,
    fr: 'L’Aide aux études (démo) peut encore recevoir votre situation familiale, pour calculer votre bourse d’été : vous l’avez autorisé. Ce partage-ci ne le permet plus.',
    en: 'Student Aid (demo) can still receive your family situation, to calculate your summer bursary: you allowed it. This sharing no longer allows it.',
  },
  {
    no: 37,
    facts: 'an earlier end, and a way that lasts',
    sharings: [given(aid, [income]), given(loan, [income], { until: 'long' })],
    say: narrowing('soon', 4),
    fr: 'Jusqu’au {soon}, au lieu du {far} … Ensuite, l’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt, jusqu’au {long} : vous l’avez autorisé. Pour calculer votre bourse, elle ne le pourra plus.',
    en: 'Until {soon}, instead of {far} … After that, Student Aid (demo) will still be able to receive your net income, to set your loan repayment, until {long}: you allowed it. To calculate your bursary, it no longer will.',
  },
  {
    no: 38,
    facts: 'fewer times',
    sharings: [given(aid, [income], { is: ['used-once'], until: 'far' })],
    say: narrowing('far', 2),
    fr: 'Désormais au plus 2 fois par trimestre, au lieu de 4 … Une fois est déjà comptée.',
    en: 'From now on at most 2 times per quarter, instead of 4 … One time is already counted.',
  },
  {
    no: 39,
    facts: 'left to end, no other way',
    sharings: [given(aid, [income], { until: 'soon' })],
    say: leftToEnd,
    fr: 'Il s’arrête seul le {soon}. Vous n’avez rien à faire. Ensuite L’Aide aux études (démo) ne pourra plus recevoir votre revenu net. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'It stops by itself on {soon}. There is nothing for you to do. After that Student Aid (demo) will no longer be able to receive your net income. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 40,
    facts: 'left to end, another way',
    sharings: [given(aid, [income], { until: 'soon' }), given(loan, [income], { until: 'long' })],
    say: leftToEnd,
    fr: 'Il s’arrête seul le {soon}. Vous n’avez rien à faire. Ensuite L’Aide aux études (démo) pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé. Pour calculer votre bourse, elle ne le pourra plus. Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.',
    en: 'It stops by itself on {soon}. There is nothing for you to do. After that Student Aid (demo) will still be able to receive your net income, to set your loan repayment: you allowed it. To calculate your bursary, it no longer will. Investigations are not counted here: a law may show them only later.',
  },
  {
    no: 41,
    facts: 'a change is refused',
    sharings: [given(aid, [income], { until: 'long' })],
    deed: refusesChange,
    say: answered('change'),
    fr: 'L’Aide aux études (démo) ne peut pas recevoir le nombre de vos personnes à charge. Elle peut encore recevoir votre revenu net, pour calculer votre bourse, jusqu’au {long} : vous l’avez autorisé.',
    en: 'Student Aid (demo) cannot receive the number of your dependants. It can still receive your net income, to calculate your bursary, until {long}: you allowed it.',
  },
  {
    no: 42,
    facts: 'refused, and another way',
    sharings: [given(loan, [income])],
    deed: refusesMore,
    say: answered('change-refused'),
    fr: 'L’Aide aux études (démo) peut quand même recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
    en: 'Student Aid (demo) can receive your net income all the same, to set your loan repayment: you allowed it.',
  },
]

/** The same with the days and times of her sharings. */
function filled(text: string, { at }: Known, language: Language): readonly string[] {
  const said = text.replaceAll(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, as?: string) => {
    const instant = present(at[name], name)
    if (as === 'time') return words.time(language, instant)
    return as === 'moment' ? words.dateTime(language, instant) : words.date(language, instant)
  })
  return said.split(' … ').map(plain)
}

/** A register after another: rows that ask for the same one stand together. */
const inTurn = Object.keys(registers).flatMap((name) =>
  table.filter(({ of = 'none' }) => of === name),
)

test.each(inTurn)('$no $facts', async ({ of = 'none', sharings, deed, say, fr, en }) => {
  await agreeOn(of)
  const known = await newKnown(sharings)
  await deed?.(known)
  for (const [language, text] of Object.entries({ fr, en } as const)) {
    const said = await say(known, language as Language)
    const expected = filled(text, known, language as Language)
    if (expected.length > 1) for (const piece of expected) expect(said).toContain(piece)
    else expect(said).toBe(expected[0])
  }
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
