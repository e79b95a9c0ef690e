import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, peakMegabytes } from './machine.ts'
import { measureLog } from './log.ts'
import type { Case } from './measure.ts'
import { countStatements, measureCases } from './measure.ts'
import type { Operation, Options, Part } from './options.ts'
import { decisions, parts, protocol } from './options.ts'
import { hashMilliseconds } from './passwords.ts'
import type { LogFigures, Results } from './results.ts'
import {
  consentsAtFirst,
  consentsLarge,
  eventsOfPages,
  fewCallers,
  manyCallers,
  tokenAlone,
  tokenBeside,
} from './results.ts'
import { rounded } from './statistics.ts'
import { openStage } from './stage.ts'
import type { Stage } from './stage.ts'
import type { Stops } from './stops.ts'
import type { Target } from './target.ts'
import { shippedStart } from '../test/support/shipped-start.ts'

const pages: ReadonlySet<Operation> = new Set(['sharings-page', 'activity-page'])
const passwords: ReadonlySet<Operation> = new Set(['password', 'password-wrong', 'password-nobody'])

/** The whole run: everything is started, counted, timed, and stopped by `stops`. */
export async function measureEverything(options: Options, stops: Stops): Promise<Results> {
  const machine = describeMachine()
  const stage = await openStage(options, stops)
  const chosen = options.only ?? parts
  const operations = chosen.filter((part) => part !== 'log')
  const hashMs = await hashMilliseconds()
  const cases = [
    ...operations
      .filter((operation) => protocol.has(operation))
      .map((operation) => caseOf(operation, options.callers, stage.targets)),
    ...(await decisionCases(stage, operations, options.callers)),
    ...passwordCases(stage, operations, options.callers, hashMs),
    ...(await pageCases(stage, operations)),
  ]
  const counted = await countStatements(
    cases.filter(({ name, operation }) => name === operation),
    stage.postgres,
  )
  const measured = await measureCases(cases, options, counted)
  const log = await measureTheLog(stage, chosen, options, stops)
  const large = await measureLarge(stage, operations, options)
  return {
    at: new Date().toISOString(),
    machine,
    versions: versionsOf(stage),
    started: startedAs(),
    callers: options.callers,
    ...(chosen.includes('password') ? { hashMs: rounded(hashMs) } : {}),
    rounds: options.rounds,
    seconds: options.seconds,
    startSeconds: stage.startSeconds,
    peakMegabytes: Object.fromEntries(
      stage.targets.map(({ name, pids }) => [name, peakMegabytes(pids.server)]),
    ),
    cases: { ...measured.cases, ...large.cases },
    ...(log === undefined ? {} : { log }),
    refused: { ...measured.refused, ...large.refused },
  }
}

function caseOf(operation: Operation, callers: number, targets: readonly Target[]): Case {
  return { name: operation, operation, callers, targets }
}

async function decisionCases(
  stage: Stage,
  chosen: readonly Operation[],
  callers: number,
): Promise<Case[]> {
  const asked = chosen.filter((operation) => decisions.has(operation))
  if (asked.length === 0) return []
  const targets = await stage.fill(consentsAtFirst)
  return [
    ...asked.map((operation) => caseOf(operation, callers, targets)),
    ...asked.map((operation) => ({
      ...caseOf(operation, manyCallers, targets),
      name: `${operation}, ${manyCallers} callers`,
    })),
  ]
}

function passwordCases(
  { targets }: Stage,
  chosen: readonly Operation[],
  callers: number,
  hashMs: number,
): Case[] {
  const ours = targets.filter(({ name }) => name === 'accord')
  const cases = chosen
    .filter((operation) => passwords.has(operation))
    .map((operation) => caseOf(operation, callers, ours))
  if (!chosen.includes('password')) return cases
  const token = caseOf('client-credentials', fewCallers, ours)
  return [
    ...cases,
    { ...token, name: tokenAlone },
    {
      ...token,
      name: tokenBeside,
      beside: { passwords: manyCallers, seconds: lineSeconds(hashMs) },
    },
  ]
}

/** One person opens pages one by one: without other requests, the time that she waits is the server's time. */
async function pageCases(stage: Stage, chosen: readonly Operation[]): Promise<Case[]> {
  const asked = chosen.filter((operation) => pages.has(operation))
  if (asked.length === 0) return []
  await stage.live(eventsOfPages)
  const ours = stage.targets.filter(({ name }) => name === 'accord')
  return asked.map((operation) => caseOf(operation, 1, ours))
}

async function measureTheLog(
  stage: Stage,
  chosen: readonly Part[],
  options: Options,
  stops: Stops,
): Promise<LogFigures | undefined> {
  if (!chosen.includes('log')) return undefined
  const [target] = (await stage.fill(consentsAtFirst)).filter(({ name }) => name === 'accord')
  if (target === undefined) throw new Error('ours is not there')
  await stage.work.stop()
  const figures = await measureLog(stage.log, target, options, stops)
  stage.log.startWork()
  const pairs = Object.entries(figures).map(([name, value]) => [name, rounded(value)])
  return Object.fromEntries(pairs) as LogFigures // the same members, rounded
}

// Fifty passwords wait and are hashed one after the other; the measurement must end before the queue does.
function lineSeconds(hashMs: number): number {
  return (40 * hashMs) / 1000
}

async function measureLarge(stage: Stage, chosen: readonly Operation[], options: Options) {
  const asked = chosen.filter((operation) => decisions.has(operation))
  if (asked.length === 0 || !options.large) return { cases: {}, refused: {} }
  const targets = await stage.fill(consentsLarge)
  const cases = asked.map((operation) => ({
    ...caseOf(operation, options.callers, targets),
    name: `${operation}, a million consents`,
  }))
  return measureCases(cases, options, new Map())
}

const root = join(import.meta.dirname, '..')
const libraries = ['oidc-provider', 'koa', 'knex', 'pg', 'undici']

function startedAs(): string {
  const { env, flags } = shippedStart()
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return [...variables, 'node', ...flags].join(' ')
}

function versionsOf({ postgres }: Stage): Record<string, string> {
  const pairs = libraries.map((name) => [name, versionIn(`node_modules/${name}/package.json`)])
  return {
    accord: versionIn('package.json'),
    node: process.versions.node,
    postgresql: postgres.version,
    ...Object.fromEntries(pairs),
  }
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(join(root, file), 'utf8')) as { version: string }).version
}
