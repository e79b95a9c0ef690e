import { languagePrefixes } from '../../base/values/languages.ts'
import { writeId } from '../../base/values/ids.ts'
import { capital, joinNames } from '../../base/web/lists.ts'
import type { OtherWay, Datum, Sentence, StillFlows } from '../../consent/standing/index.ts'
import { otherWays, bodyIn, dataIn, dataOf, saidDays } from '../../consent/standing/index.ts'
import type { OwnConsent } from '../../consent/record/index.ts'
import { stopBoxLimit } from '../../consent/record/index.ts'
import { lastMoment } from '../../consent/asking/index.ts'
import type { SharingInput } from './sharing-input.ts'
import type { StillBox, StillWay } from './still-pages.ts'

// What a deed does not end by itself: every way by which the same body may get the same data.

type About = {
  readonly data: readonly Datum[]
  /** The records of the deed. */
  readonly records: readonly string[]
  /** All consents of hers. */
  readonly others: readonly OwnConsent[]
  /** What may flow at that moment, or would. */
  readonly flows: StillFlows
  /** What is said before the box: of the same body it goes on with the pronoun. */
  readonly said: readonly Sentence[]
  readonly tense: 'future' | 'present'
}

/** Undefined where no other way is left. */
export function stillBox(about: About, reading: SharingInput): StillBox | undefined {
  const ways = otherWays(about.data, about.records, about.flows)
  if (ways.length === 0) return undefined
  const open = ways.filter(({ wait }) => wait === undefined)
  const among = open.length > 0 ? open : ways
  const named = idsOf(about.data).filter((id) =>
    among.some(({ categories }) => categories.includes(id)),
  )
  const own = ways.flatMap(({ right }) => (right.by === 'choice' ? [right.consentId] : []))
  const offered = new Set(own.slice(0, stopBoxLimit))
  return {
    heading: headingOf(named, open.length > 0, about, reading),
    ways: ways.map((way) => wayOf(way, { ...about, named, offered }, reading)),
  }
}

function headingOf(
  named: readonly string[],
  isOpen: boolean,
  { data, said, tense }: About,
  reading: SharingInput,
): string {
  const { words, register, language } = reading
  const names = joinNames(dataIn(named, undefined, reading), language)
  if (!isOpen) return words.t(language, 'my-sharing.still.heading.waits', { data: names })
  const body = data[0]?.recipient ?? 0
  const isAgain = said.at(-1)?.body === body
  const { isMany, ...values } = bodyIn(register, body, language, isAgain)
  const many = isMany ? '-many' : ''
  return words.t(language, `my-sharing.still.heading.${tense}${many}`, { ...values, data: names })
}

type Among = About & {
  /** The data that the heading names. */
  readonly named: readonly string[]
  readonly offered: ReadonlySet<string>
}

function wayOf(way: OtherWay, among: Among, reading: SharingInput): StillWay {
  const { words, language } = reading
  const { right, wait } = way
  const base = `${languagePrefixes[language]}/mes-partages`
  const why = right.purpose.why?.[language]
  const said = {
    what: whatOf(way, among, reading),
    why:
      why === undefined
        ? words.t(language, 'my-sharing.still.titled', { label: right.purpose.label[language] })
        : words.t(language, 'my-sharing.still.why', { why }),
    wait: wait && { because: wait.because, from: wait.from },
  }
  if (right.by === 'law') {
    const href = `${base}/loi/${right.agreement.id}/${right.purpose.id}`
    return { ...said, by: 'law', until: undefined, alsoSends: undefined, id: undefined, href }
  }
  const id = writeId('con', right.consentId)
  return {
    ...said,
    by: 'choice',
    until: lastMoment(right.until),
    alsoSends: moreOf(right.consentId, among, reading),
    id: among.offered.has(right.consentId) ? id : undefined,
    href: `${base}/${id}`,
  }
}

function whatOf({ right, categories }: OtherWay, { data, named }: Among, reading: SharingInput) {
  const days = saidDays(right.days, data[0]?.days)
  if (categories.length >= named.length && days === undefined) return undefined
  return capital(joinNames(dataIn(categories, days, reading), reading.language))
}

// What else she stops with it, which no line above names.
function moreOf(consentId: string, { data, others }: Among, reading: SharingInput) {
  const whole = others.find((one) => one.consentId === consentId)
  const known = new Set(idsOf(data))
  const more = whole === undefined ? [] : idsOf(dataOf(whole, reading.register))
  const beyond = more.filter((id) => !known.has(id))
  if (beyond.length === 0) return undefined
  return joinNames(dataIn(beyond, undefined, reading), reading.language)
}

function idsOf(data: readonly Datum[]): readonly string[] {
  return [...new Set(data.map(({ category }) => category))]
}
