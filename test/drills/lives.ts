import { setTimeout } from 'node:timers/promises'
import { formOf } from '../support/browser.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { until } from '../support/fault-process.ts'
import { chances } from '../support/chances.ts'
import type { Decision, Parties } from '../support/sharing.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  reportOf,
  share,
} from '../support/sharing.ts'

// People who live while a drill does its worst: each makes an access, allows a sharing, is decided about and reported on, and most stop
// again. What was acknowledged to them, to their holder and to their service is noted; what broke half-way is somebody else's life.

export type Told = {
  readonly consents: readonly string[]
  readonly stops: readonly string[]
  /** Ids of decisions that permitted, and of those that were reported. */
  readonly permits: readonly string[]
  readonly reports: readonly string[]
  /** Permits that were asked for after the stop was acknowledged. */
  readonly wrong: readonly string[]
  /** Decisions asked for after an acknowledged stop, and answered. */
  readonly askedAfterStop: number
  readonly brokenLives: number
}

export type Lives = {
  told(): Told
  /** Why the first of the broken lives broke. */
  whyBroken(): readonly string[]
  /** Waits until so many more lives have gone through to their end: everything works. @returns how long that took */
  goOn(lives?: number): Promise<number>
  /** Waits until every life that has begun until now is over. */
  turnOver(): Promise<void>
  end(): Promise<Told>
}

type Noted = {
  -readonly [Name in keyof Told]: Told[Name] extends readonly string[] ? string[] : number
}

type Sharing = { readonly consentId: string; readonly sub: string; stoppedAt: number }

const callers = 3
const pauseMs = 250
const tokenMs = 120_000
const stopTries = 400
const goOnMs = 240_000
const mostReasons = 5

/** @param parties the services, whose port is that of the proxy in front */
export function startLives(parties: Parties, seed: number): Lives {
  const noted: Noted = {
    consents: [],
    stops: [],
    permits: [],
    reports: [],
    wrong: [],
    askedAfterStop: 0,
    brokenLives: 0,
  }
  const reasons: string[] = []
  const stopped: Sharing[] = []
  const over = new AbortController()
  const tokens = makeTokens(parties)
  const begun = Array.from({ length: callers }, () => 0)
  let whole = 0

  async function liveOnce(chance: () => number): Promise<void> {
    const asked = await askNewcomerByPages(parties)
    const { browser, consentId, sub } = await share(parties, asked)
    noted.consents.push(consentId)
    const sharing: Sharing = { consentId, sub, stoppedAt: Number.POSITIVE_INFINITY }
    const first = await question(sharing)
    await question(sharing)
    if (first.decision) await report(first)
    if (chance() < 0.6) {
      await stop(browser, sharing)
      await question(sharing)
    }
    const other = stopped[Math.floor(chance() * stopped.length)]
    if (other !== undefined) await question(other)
  }

  async function question(sharing: Sharing): Promise<Decision> {
    const token = await tokens.decide()
    const isAfter = performance.now() > sharing.stoppedAt
    const decision = await decide(parties, token, evaluation(sharing.sub))
    if (isAfter) noted.askedAfterStop += 1
    if (decision.decision) {
      const id = String(decision.context['decision_id'])
      noted.permits.push(id)
      if (isAfter) noted.wrong.push(id)
    }
    return decision
  }

  async function report(permit: Decision): Promise<void> {
    const token = await tokens.report()
    const { status, body } = await parties.revenue.api('/disclosures', token, reportOf(permit))
    if (status !== 200 && status !== 201) throw new Error(`not reported: ${status} ${body}`)
    noted.reports.push(String(permit.context['decision_id']))
  }

  /** Presses « Arrêter » until it is confirmed, as a person does who wants it. */
  async function stop(browser: Browser, sharing: Sharing): Promise<void> {
    const path = `/mes-partages/${sharing.consentId}/arret`
    const page = await insist(200, () => browser.get(path))
    const { csrf = '' } = formOf(page).fields
    await insist(303, () => browser.post(path, { csrf }))
    sharing.stoppedAt = performance.now()
    noted.stops.push(sharing.consentId)
    stopped.push(sharing)
  }

  async function live(lane: number): Promise<void> {
    const chance = chances(seed * 1000 + lane)
    while (!over.signal.aborted) {
      begun[lane] = (begun[lane] ?? 0) + 1
      try {
        await liveOnce(chance)
        whole += 1
      } catch (error) {
        noted.brokenLives += 1
        if (reasons.length < mostReasons) reasons.push(String(error))
        await setTimeout(pauseMs)
      }
    }
  }

  const living = Promise.all(Array.from({ length: callers }, (_, lane) => live(lane)))
  return {
    told: () => noted,
    whyBroken: () => reasons,
    async goOn(lives = callers) {
      const [from, wanted] = [performance.now(), whole + lives]
      await until('people live on', () => whole >= wanted, goOnMs)
      return Math.round(performance.now() - from)
    },
    async turnOver() {
      const before = [...begun]
      await until('other lives', () => begun.every((n, i) => n > (before[i] ?? 0)), goOnMs)
    },
    async end() {
      over.abort()
      await living
      return noted
    },
  }
}

/** A token lives five minutes: new ones are taken while the old ones are good. */
function makeTokens(parties: Parties) {
  const known = new Map<string, { readonly token: string; readonly at: number }>()
  const of = async (scope: 'decide' | 'report'): Promise<string> => {
    const { token, at } = known.get(scope) ?? { token: '', at: -tokenMs }
    if (performance.now() - at < tokenMs) return token
    const fresh = { token: await holderToken(parties, scope), at: performance.now() }
    known.set(scope, fresh)
    return fresh.token
  }
  return { decide: () => of('decide'), report: () => of('report') }
}

async function insist(wanted: number, send: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < stopTries; tries++) {
    const answer = await send().catch(() => undefined)
    if (answer?.status === wanted) return answer
    if (answer !== undefined && answer.status < 500)
      throw new Error(`a stop was answered ${answer.status}`)
    await setTimeout(pauseMs)
  }
  throw new Error('a stop was never confirmed')
}
