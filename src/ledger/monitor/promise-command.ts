import type { Clock } from '../../base/values/clock.ts'
import { nothingWrong } from '../../base/tlog/policy-trust.ts'
import { NotProvedError, OperatorError } from '../../base/values/operator-error.ts'
import { noProgress, progressTo } from './progress.ts'
import type { JudgedPromise, PromiseAsked, PromisesSeen, PromiseState } from './promises.ts'
import { lookForPromises } from './promises.ts'

type Asked = PromiseAsked & { readonly isJson: boolean }

const states = ['ok', 'not-due', 'late', 'unknown', 'missing', 'refused'] as const
/** What is wrong, and ends with 1. */
const wrong: readonly PromiseState[] = ['missing', 'refused']

const saidOf: Readonly<Record<PromiseState, string>> = {
  ok: 'in the log',
  'not-due': 'not yet due',
  late: 'not seen yet',
  unknown: 'not looked for',
  missing: 'MISSING',
  refused: 'refused',
}

/**
 * `accord promise check`. @returns the lines to print. @throws OperatorError where a promise was not kept, or is none; NotProvedError where
 * one is not due yet, or nobody but the house says whose log that is
 */
export async function checkPromises(asked: Asked, clock: Clock): Promise<string[]> {
  const progress = asked.isJson
    ? noProgress
    : progressTo((line) => process.stderr.write(line), Date.now)
  const seen = await lookForPromises(asked, clock(), progress)
  const counts = states.map((state) => [state, countOf(seen, state)] as const)
  const open = counts.filter(([state, count]) => isOpen(state) && count > 0)
  const reasons = [...open.map(([state, count]) => `${count} ${saidOf[state]}.`), ...seen.notProved]
  const isWrong = seen.faults.length > 0 || seen.promises.some(({ state }) => isOf(wrong, state))
  const lines = asked.isJson
    ? [JSON.stringify({ holds: !isWrong && reasons.length === 0, ...seen }, null, 2)]
    : [...seen.promises.flatMap(linesOf), ...seen.faults, inSum(counts)]
  if (isWrong) throw new OperatorError('Not every promise was kept.', { lines })
  if (reasons.length > 0) throw new NotProvedError(nothingWrong(reasons), { lines })
  return lines
}

function isOpen(state: PromiseState): boolean {
  return state !== 'ok' && !isOf(wrong, state)
}

function isOf(some: readonly PromiseState[], state: PromiseState): boolean {
  return some.includes(state)
}

function countOf({ promises }: PromisesSeen, state: PromiseState): number {
  return promises.filter((one) => one.state === state).length
}

function inSum(counts: readonly (readonly [PromiseState, number])[]): string {
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  const said = counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${saidOf[state]}`)
  return `${all} promises: ${said.join(', ')}`
}

/** Nothing of one that was kept. Of one that was not, what proves it to anybody. */
function linesOf({ at, state, id, because, integratedBy, evidence }: JudgedPromise): string[] {
  if (state === 'ok') return []
  const named = [at, id, saidOf[state]].filter((part) => part !== undefined).join(' ')
  const due = integratedBy === undefined ? '' : `, promised by ${integratedBy}`
  const first = `${named}${due}${because === undefined ? '' : `: ${because}`}`
  if (evidence === undefined) return [first]
  return [
    first,
    'What proves it: this token,',
    evidence.token,
    'the key that signed it,',
    JSON.stringify(evidence.key),
    'and this signed tree, whose entries the log serves:',
    evidence.checkpoint.trimEnd(),
  ]
}
