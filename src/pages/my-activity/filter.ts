import { activityKinds } from '../../people/accounts/index.ts'
import { dayOf, endOfDay } from '../../base/values/calendar.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import type { LineSubject, LinePlace, LineSource, WantedLines } from './rows.ts'
import type { ActivityReading } from './activity-reading.ts'
import { maxWord, meaningOfWord } from './search.ts'
import { sources } from './rows.ts'

/** The choices in the page's address; undefined: all. A value that is no possible choice counts as none. */
export type Filter = {
  readonly what: LineSort | undefined
  /** `org_…` */
  readonly organisation: string | undefined
  /** `cat_…` */
  readonly category: string | undefined
  /** `2026` or `2026-11` */
  readonly period: string | undefined
  /** A word that she looks for. */
  readonly words: string | undefined
}

/** No choice: all lines. */
export const noFilter: Filter = {
  what: undefined,
  organisation: undefined,
  category: undefined,
  period: undefined,
  words: undefined,
}

const signIns: readonly string[] = [
  'access.signed-in',
  'service.signed-in',
  'service.signed-in-on-device',
  'access.recovered',
]
const notRefused = [
  'recorded',
  'nil',
  'authorised',
  'unconfirmed',
  'unpermitted',
  'declared',
  'inquired',
  'excused',
]

type Sort = Pick<WantedLines, 'sources' | 'kinds' | 'isShownLater'>
const all: Sort = { sources, kinds: undefined, isShownLater: false }

function of(from: readonly LineSource[], kinds?: readonly string[]): Sort {
  return { ...all, sources: from, kinds }
}

const sorts = {
  envois: of(['decisions', 'receptions', 'declarations', 'inquiries'], notRefused),
  refus: of(['decisions'], ['refused']),
  partages: of(['requests', 'consents', 'ends', 'notices']),
  connexions: of(['access'], signIns),
  acces: of(
    ['access'],
    activityKinds.filter((kind) => !signIns.includes(kind)),
  ),
  'plus-tard': { ...of(['decisions']), isShownLater: true },
} as const satisfies Readonly<Record<string, Sort>>

export type LineSort = keyof typeof sorts
export const lineSorts = Object.keys(sorts) as readonly LineSort[]

type Query = Readonly<Record<string, string | string[] | undefined>>

export function readFilter(query: Query, register: Register): Filter {
  const [what, organisation, category] = ['quoi', 'organisme', 'renseignement'].map((name) =>
    one(query, name),
  )
  const period = one(query, 'periode')
  const words = one(query, 'mots')?.trim().slice(0, maxWord)
  return {
    what: lineSorts.find((known) => known === what),
    organisation: register.organisation(organisation ?? '')?.id,
    category: register.category(category ?? '')?.id,
    period: /^20\d\d(-(0[1-9]|1[0-2]))?$/.test(period ?? '') ? period : undefined,
    words: words === '' ? undefined : words,
  }
}

/** Whether to read what her lines are about: a filter names bodies and categories, her lines name their versions. */
export function needsSubjects({ organisation, category, words }: Filter): boolean {
  return organisation !== undefined || category !== undefined || words !== undefined
}

/** Whether the lines are all those of some time, which are shown a month at a time. */
export function isAllOfATime(filter: Filter): boolean {
  return filter.what === undefined && !needsSubjects(filter)
}

/** The year of a statement: `2026`. A value that is no year, or none, means the year of now. */
export function yearIn(query: Query, now: Date): string {
  const year = one(query, 'annee') ?? ''
  return /^20\d\d$/.test(year) ? year : dayOf(now).slice(0, 'yyyy'.length)
}

function one(query: Query, name: string): string | undefined {
  const [value] = [query[name]].flat()
  return value
}

/** `?quoi=envois&periode=2026`, or nothing. */
export function queryOf(filter: Filter, after?: LinePlace): string {
  const { what, organisation, category, period, words } = filter
  const chosen = {
    mots: words,
    quoi: what,
    organisme: organisation,
    renseignement: category,
    periode: period,
    avant: after && `${after.place}~${after.id}`,
  }
  const given = Object.entries(chosen).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

const placeShape = /^(\d{1,16})~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Where the page before ended. A value that is no place means the beginning. */
export function placeIn(query: Query): LinePlace | undefined {
  const [, place, id] = placeShape.exec(one(query, 'avant') ?? '') ?? []
  return place === undefined || id === undefined ? undefined : { place, id }
}

/** Which lines to read for a filter. @param about what her lines are about: it gives the versions of what she chose by name */
export function linesWanted(
  { what, organisation, category, period, words }: Filter,
  about: readonly LineSubject[],
  reading: ActivityReading,
): WantedLines {
  const { register } = reading
  return {
    ...(what === undefined ? all : sorts[what]),
    ...boundsOf(period),
    organisation: organisation === undefined ? undefined : partiesOf(organisation, about, register),
    category: category === undefined ? undefined : bitsOf(category, about, register),
    words: words === undefined ? undefined : meaningOfWord(words, about, reading),
  }
}

function boundsOf(period: string | undefined): Pick<WantedLines, 'from' | 'until'> {
  if (period === undefined) return { from: undefined, until: undefined }
  const [year = '', month] = period.split('-')
  const next = month === '12' ? `${Number(year) + 1}-01` : `${year}-${twoDigits(Number(month) + 1)}`
  return month === undefined
    ? { from: startOf(`${year}-01`), until: startOf(`${Number(year) + 1}-01`) }
    : { from: startOf(period), until: startOf(next) }
}

// The first instant of a month in Québec is the instant at which the day before it ends.
function startOf(month: string): Date {
  const first = new Date(`${month}-01T00:00:00Z`)
  return endOfDay(new Date(first.getTime() - 1).toISOString().slice(0, 10))
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}

function partiesOf(id: string, about: readonly LineSubject[], register: Register) {
  const agreements = about.flatMap(({ agreement }) => agreement ?? [])
  const named = new Set(agreements).values().filter((no) => {
    const found = register.agreementByNo(no)
    return found?.holder === id || found?.recipient === id
  })
  const services = about.flatMap(({ serviceId }) => serviceId ?? [])
  return {
    root: register.organisation(id)?.root ?? 0,
    services: services.filter((service) => register.anyService(service)?.orgId === id),
    agreements: [...named],
  }
}

function bitsOf(id: string, about: readonly LineSubject[], register: Register) {
  const bits = datasetsIn(about, register).flatMap((dataset) => {
    const bit = dataset.categories.indexOf(id)
    return bit === -1 ? [] : [{ dataset: dataset.no, mask: 1n << BigInt(bit) }]
  })
  return { datasets: bits.map(({ dataset }) => dataset), masks: bits.map(({ mask }) => mask) }
}

function datasetsIn(about: readonly LineSubject[], register: Register): Dataset[] {
  const numbers = new Set(about.flatMap(({ dataset }) => dataset ?? []))
  return [...numbers].flatMap((no) => register.datasetByNo(no) ?? [])
}

export type Option = { readonly value: string; readonly label: string }

const offeredYears = 3
const offeredMonths = 13

/** This year and those before, this month and those before: since the access was made. */
export function periodsAt(
  now: Date,
  since: Date | undefined,
): { readonly years: string[]; readonly months: string[] } {
  const [year = 0, month = 0] = dayOf(now).split('-').map(Number)
  const back = Array.from({ length: offeredMonths }, (_, n) => year * 12 + month - 1 - n)
  const first = since === undefined ? '' : dayOf(since)
  const isKnown = (period: string) => period >= first.slice(0, period.length)
  return {
    years: Array.from({ length: offeredYears }, (_, n) => String(year - n)).filter(isKnown),
    months: back.map((n) => `${Math.floor(n / 12)}-${twoDigits((n % 12) + 1)}`).filter(isKnown),
  }
}
