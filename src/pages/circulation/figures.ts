import type { LanguagePrefix } from '../../base/values/languages.ts'
import { startOfDay } from '../../base/values/calendar.ts'
import { sumOfFigures } from '../../base/values/disclosure-control.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Strand } from '../../base/web/strands.ts'
import { legendOf } from '../../base/web/strands.ts'
import type { Words } from '../../base/web/words.ts'
import type { CountedMonth, MonthlyCount } from '../../consent/figures/index.ts'
import type { Agreement, Register } from '../../registry/index.ts'
import { idOf, requiresConsent } from '../../registry/index.ts'
import { agreementSentence, agreementState } from '../register/index.ts'
import { brakeRows, toldBrakes } from '../status/index.ts'
import { chartsOf } from './charts.ts'
import type {
  AgreementRow,
  CirculationFlows,
  CirculationPage,
  MonthRow,
  TopicRow,
} from './pages.ts'
import type { MonthSums, PublishedSums } from './sums.ts'
import { isFew, monthSums, publishedMonths, sumsOf } from './sums.ts'

// « Ce qui circule »: the months that are published, and the agreements in force, as a page tells them.

/** More cannot be read: the public register has all of them. */
const mostPairs = 12
const mostAgreements = 100
/** Stands for the topic of a purpose that names none. */
const noTopic = 'other'

/** What was read of the database. */
export type ReadMonths = {
  readonly counted: readonly CountedMonth[]
  readonly together: PublishedSums
}

type CirculationSaying = {
  readonly register: Register
  readonly language: Language
  readonly words: Words
  /** Prefix of links: '' in French, '/en' in English. */
  readonly base: LanguagePrefix
  readonly now: Date
}

export function circulationPage(
  { counted, together }: ReadMonths,
  saying: CirculationSaying,
): CirculationPage {
  const { register, now } = saying
  const published = publishedMonths(counted, now)
  const months = published.map((month) => monthSums(month, together))
  const counts = published.flatMap((month) => month.counts)
  const live = liveAgreements(register, now)
  const rows = live.map((agreement) => agreementRow(agreement, counts, saying))
  return {
    brakes: brakeRows(toldBrakes(register, now), saying.language),
    period: periodOf(months),
    totals: { ...sumsOf(counts), ...totalsOf(months), agreements: live.length },
    flows: flowsOf(live, counts, saying),
    topics: topicRows(live, counts, saying),
    months: months.map(monthRow),
    charts: months.length === 0 ? [] : chartsOf(months),
    agreements: rows.slice(0, mostAgreements),
    more: Math.max(0, rows.length - mostAgreements),
  }
}

/** The agreements that allow something today, by their ids. */
export function liveAgreements(register: Register, now: Date): readonly Agreement[] {
  const ids = new Set(
    register.versions.filter(({ kind }) => kind === 'agreement').map(({ id }) => id),
  )
  return [...ids]
    .toSorted()
    .flatMap((id) => register.agreement(id) ?? [])
    .filter((agreement) => agreementState(agreement, register, now) === 'in_force')
}

function periodOf(months: readonly MonthSums[]): CirculationPage['period'] {
  const [newest, oldest] = [months.at(0), months.at(-1)]
  if (newest === undefined || oldest === undefined) return undefined
  return {
    from: startOfDay(oldest.month),
    until: startOfDay(newest.month),
    months: months.length,
  }
}

function totalsOf(months: readonly MonthSums[]) {
  const timed = months.find(({ hours }) => hours !== undefined)
  const noted = months.flatMap(({ served }) => served ?? [])
  const sum = (of: 'minutes' | 'served') => noted.reduce((total, month) => total + month[of], 0)
  return {
    later: sumOfFigures(months.map((month) => month.later)),
    hours:
      timed?.hours === undefined
        ? undefined
        : { month: startOfDay(timed.month), hours: timed.hours },
    available: noted.length === 0 ? undefined : perMille(sum('served'), sum('minutes')),
  }
}

function monthRow({ month, served, ...sums }: MonthSums): MonthRow {
  const available = served && perMille(served.served, served.minutes)
  return { ...sums, month: startOfDay(month), available }
}

// Rounded down: a house that was away for a minute was not there all the time.
function perMille(part: number, whole: number): number {
  return Math.floor((part / whole) * 1000)
}

export function topicOf(register: Register, purposes: readonly (string | null)[]): string {
  return purposes.flatMap((ref) => (ref && register.purpose(ref)?.topic) ?? [])[0] || noTopic
}

function topicRows(
  live: readonly Agreement[],
  counts: readonly MonthlyCount[],
  { register, base }: CirculationSaying,
): TopicRow[] {
  const agreements = Map.groupBy(live, ({ purposes }) => topicOf(register, purposes))
  const counted = Map.groupBy(counts, ({ purpose }) => topicOf(register, [purpose]))
  return [...agreements]
    .map(([topic, of]) => ({
      topic,
      href: topic === noTopic ? undefined : `${base}/register/agreements?topic=${topic}`,
      agreements: of.length,
      ...sumsOf(counted.get(topic) ?? []),
    }))
    .toSorted((one, other) => sizeOf(other.permitted) - sizeOf(one.permitted))
}

type Right = 'choice' | 'law'

// The pairs with the most disclosures first; the sender and the subject of each, and a bead for each right.
function flowsOf(
  live: readonly Agreement[],
  counts: readonly MonthlyCount[],
  { register, language, words }: CirculationSaying,
): CirculationFlows | undefined {
  const rightsOf: readonly Right[] = ['choice', 'law']
  const strandOf = (of: readonly Agreement[]): Sized[] => {
    const [first] = of
    if (first === undefined) return []
    const { holder } = first
    const topic = topicOf(register, first.purposes)
    const beads = rightsOf.flatMap((state) => {
      const own = of.filter((agreement) => requiresConsent(agreement) === (state === 'choice'))
      const ids = new Set(own.map(({ id }) => id))
      const { permitted } = sumsOf(counts.filter(({ agreement }) => ids.has(agreement ?? '')))
      const name = words.t(language, `circulation.kind-${state}`)
      const size = sizeOf(permitted)
      const notes = size === 0 ? [] : [words.t(language, 'circulation.bead', { count: size })]
      return own.length === 0 ? [] : [{ state, name, right: '', notes, size }]
    })
    return [
      {
        from: register.organisation(holder)?.shortName[language] ?? holder,
        what: undefined,
        to: words.t(language, `my-sharing.subject.${topic}`),
        isAgain: false,
        beads,
        size: beads.reduce((sum, bead) => sum + bead.size, 0),
      },
    ]
  }
  const pairs = Map.groupBy(live, ({ holder, purposes }) =>
    JSON.stringify([holder, topicOf(register, purposes)]),
  )
  if (pairs.size === 0) return undefined
  const strands = [...pairs.values()]
    .flatMap(strandOf)
    .toSorted((one, other) => other.size - one.size)
  const shown = strands.slice(0, mostPairs)
  return { strands: shown, looks: legendOf(shown), others: strands.length - shown.length }
}

type Sized = Strand & { readonly size: number }

function sizeOf(figure: string): number {
  return isFew(figure) ? 0 : Number(figure)
}

function agreementRow(
  agreement: Agreement,
  counts: readonly MonthlyCount[],
  { register, language, words, base }: CirculationSaying,
): AgreementRow {
  const { id, law, purposes, shownAfterDays } = agreement
  const own = counts.filter((count) => count.agreement === id)
  const labels = purposes.flatMap((ref) => register.purpose(ref)?.label[language] ?? [])
  return {
    sentence: agreementSentence(agreement, 'in_force', { register, language, words }),
    href: `${base}/register/agreements/${idOf(agreement.ref)}`,
    purpose: labels.join(', '),
    right: rightOf(agreement, shownAfterDays),
    law:
      law &&
      `${law.act[language]}, ${words.t(language, 'circulation.section', { section: law.section })}`,
    topic: topicOf(register, purposes),
    permitted: sumsOf(own).permitted,
  }
}

function rightOf(agreement: Agreement, shownAfterDays: number): AgreementRow['right'] {
  if (requiresConsent(agreement)) return 'consent'
  return shownAfterDays > 0 ? 'later' : 'law'
}
