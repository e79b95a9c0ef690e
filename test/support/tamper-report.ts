import { notGuarded } from './tamper-lists.ts'
import type { Tampered } from './tampering.ts'

// What the tamper drill found, try by try, and what it says of all of them.

/** The checks that found something, and their findings. */
export type Found = {
  readonly decision: readonly string[]
  readonly night: readonly string[]
  readonly verify: readonly string[]
  readonly own: readonly string[]
  /** Rows of an access that are there, and open nothing. */
  readonly door: readonly string[]
  /** Of a file: why the signer signs nothing, or that it has put the file right. */
  readonly signer: readonly string[]
  /** Of a file of the audit export: what its check or the next run says, or that it has put it right. */
  readonly trail: readonly string[]
  /** Of rows before their event: why an answer is not recorded, or that it is as its page says. */
  readonly answer: readonly string[]
  /** Of what is public: what a monitor says. */
  readonly outside: readonly string[]
  /** Of an object of the database: why no process starts. */
  readonly start: readonly string[]
  /** Of an object of the database: why a process that looked before permits nothing, and what its look says. */
  readonly running: readonly string[]
  /** Pages of hers and public ones that say that something is wrong. */
  readonly pages: readonly string[]
  /** A permit where there was a deny before. */
  readonly wrongPermits: number
}

export const nothingFound: Found = {
  decision: [],
  night: [],
  verify: [],
  own: [],
  door: [],
  signer: [],
  trail: [],
  answer: [],
  outside: [],
  start: [],
  running: [],
  pages: [],
  wrongPermits: 0,
}

export type Tried = {
  readonly change: Tampered | undefined
  readonly found: Found
  readonly n: number
  /** What is permitted, recorded, told or shown now that is not so. Absent: such a change has to be found. */
  readonly harm?: readonly string[]
}

export type Report = {
  readonly lines: readonly string[]
  /** Changes that no check found, and that are not harmless, in full. */
  readonly missed: readonly string[]
  /** Changes after which something is permitted that was denied before, or an answer recorded that is not as its page said. */
  readonly wrong: readonly string[]
  /** What was found although nothing was changed. */
  readonly false: readonly string[]
}

function isFound(found: Found): boolean {
  return watchers.some((who) => found[who].length > 0)
}

const watchers = [
  'decision',
  'night',
  'verify',
  'own',
  'door',
  'signer',
  'trail',
  'answer',
  'outside',
  'start',
  'running',
  'pages',
] as const

export function reportOf(seed: number, tried: readonly Tried[], quiet: readonly Tried[]): Report {
  const made = tried.flatMap(({ change, ...one }) =>
    change === undefined ? [] : [{ ...one, change }],
  )
  const missed = made.filter((one) => !isFound(one.found) && !isHarmless(one)).map(inFull)
  const harmless = made.filter((one) => !isFound(one.found) && isHarmless(one)).length
  const permits = made.filter(
    ({ change, found, harm = [] }) =>
      found.wrongPermits > 0 || (change.kind === 'put back' && harm.length > 0),
  )
  const wrong = permits.map(inFull)
  const falsely = quiet
    .filter(({ found }) => isFound(found) || found.wrongPermits > 0)
    .map(({ n, found }) => `${n}: ${JSON.stringify(found)}`)
  const groups = Map.groupBy(made, ({ change }) => `${change.table}, ${change.kind}`)
  const rows = [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const lines = [
    `${'table, change'.padEnd(nameWidth)} tries${[...watchers, 'harmless', 'missed'].map((name) => name.padStart(9)).join('')}`,
    ...rows.map(([name, of]) => lineOf(name, of)),
    `${made.length} changes, ${harmless} harmless, ${missed.length} missed; ${quiet.length} looks without a change, ${falsely.length} found something; seed ${seed}`,
    `permitted or recorded, and not so: ${permits.length}`,
    ...missed.map((one) => `missed ${one}`),
    ...wrong.map((one) => `not so: ${one}`),
    ...Object.entries(notGuarded).map(([name, why]) => `not guarded: ${name}, ${why}`),
  ]
  return { missed, wrong, false: falsely, lines }
}

type Made = Tried & { readonly change: Tampered }

const nameWidth = 46

function isHarmless({ harm, found }: Tried): boolean {
  return harm?.length === 0 && found.wrongPermits === 0
}

function inFull({ n, change: { table, kind, said } }: Made): string {
  return `${n}: ${table}, ${kind}: ${said}`
}

function lineOf(name: string, of: readonly Made[]): string {
  const counts = [
    ...watchers.map((who) => of.filter(({ found }) => found[who].length > 0).length),
    of.filter((one) => !isFound(one.found) && isHarmless(one)).length,
    of.filter((one) => !isFound(one.found) && !isHarmless(one)).length,
  ]
  const cells = counts.map((count) => String(count).padStart(9)).join('')
  return `${name.padEnd(nameWidth)}${String(of.length).padStart(6)}${cells}`
}
