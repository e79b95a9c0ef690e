import { dirname } from 'node:path'
import { issuer } from './broker.ts'
import type { Answer } from './browser.ts'
import { chances } from './chances.ts'
import type { Started } from './house.ts'
import { startServe } from './house.ts'
import type { Asked, Pair } from './pairs.ts'
import type { Load, Sharer } from './sharing-load.ts'
import { allowAgain, at, decisionIn, inFlight, readyToCall, reasonOf } from './sharing-load.ts'
import type { Decision, Stage } from './sharing.ts'
import { evaluation, reportOf } from './sharing.ts'

// Histories on three processes of which one is killed (kill -9) again and again: consents, decisions, stops, pauses and reports about
// several people at once, chosen by a seed. The caller does not know the outcome of a request that a dead process left unanswered, and
// repeats it at another process, as holders and people do.

export type Plan = {
  readonly seed: number
  readonly pairs: number
  /** One kill after so many pairs. */
  readonly killEvery: number
}

export type History = {
  readonly pairs: readonly Pair[]
  readonly kills: number
  /** Ids of decisions whose permit somebody received. */
  readonly permits: ReadonlySet<string>
  /** Permits that were reported, and of them those of nothing sent. */
  readonly reported: ReadonlySet<string>
}

type Tokens = { readonly decide: string; readonly report: string }

const maxTries = 60

export async function liveThrough(
  load: Load,
  sharers: readonly Sharer[],
  tokens: Tokens,
  plan: Plan,
): Promise<History> {
  const { stage } = load
  const victim = await openVictim(stage)
  const made = { pairs: [] as Pair[], permits: new Set<string>(), reported: new Set<string>() }
  let kills = 0
  try {
    await inFlight(sharers, sharers.length, async (sharer, lane) => {
      const chance = chances(plan.seed * 1000 + lane)
      for (let turn = lane; turn < plan.pairs; turn += sharers.length) {
        made.pairs.push(await live({ load, tokens, sharer, chance, victim }, made))
        // After the last pair there is nothing that a kill could break.
        if (made.pairs.length % plan.killEvery !== 0 || made.pairs.length === plan.pairs) continue
        kills++
        await victim.killAndRestart()
      }
    })
  } finally {
    await victim.stop()
  }
  return { ...made, kills }
}

type Victim = {
  port(): number
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

async function openVictim({ databaseUrl, keysDir }: Stage): Promise<Victim> {
  const start = () => startServe(databaseUrl, dirname(keysDir), issuer, { TRUSTED_PROXIES: '1' })
  let house: Started = await start()
  let restarting: Promise<void> | undefined
  const again = async () => {
    house.process.kill('SIGKILL')
    house = await start()
    restarting = undefined
  }
  return {
    port: () => house.port,
    killAndRestart: () => (restarting ??= again()),
    async stop() {
      await restarting
      await house.stop()
    },
  }
}

type Life = {
  readonly load: Load
  readonly tokens: Tokens
  readonly sharer: Sharer
  readonly chance: () => number
  readonly victim: Victim
}

type Made = { readonly permits: Set<string>; readonly reported: Set<string> }

/** One yes and its end: decisions before, with and after a stop or a pause, and reports of what was permitted. */
async function live(life: Life, { permits, reported }: Made): Promise<Pair> {
  const { load, sharer, chance } = life
  const consentId = await allowAgain(load, sharer.personId)
  const deed = chance() < 0.3 ? 'pause' : 'arret'
  const asks = await Promise.all([0, 1, 2, 3].map(() => ready(life)))
  const before = chance() < 0.5 ? [at(asks, 0)()] : [at(asks, 0)(), at(asks, 3)()]
  if (chance() < 0.5) await Promise.all(before)
  const sentAt = performance.now()
  const done = press(life, consentId, deed)
  const during = at(asks, 1)()
  await done
  const acknowledgedAt = performance.now()
  const answers = await Promise.all([...before, during, at(asks, 2)()])
  const given = answers.flatMap(({ decision }) => (decision?.decision === true ? [decision] : []))
  for (const { context } of given) permits.add(String(context['decision_id']))
  await Promise.all(given.map((permit) => report(life, permit, reported)))
  if (deed === 'pause') await press(life, consentId, chance() < 0.5 ? 'arret' : 'reprise')
  return { sentAt, acknowledgedAt, asked: answers }
}

type Answered = Asked & { readonly decision: Decision | undefined }

/** A question signed beforehand, for any of the three processes. An unanswered question counts as no permit. */
async function ready({
  load,
  tokens,
  sharer,
  chance,
  victim,
}: Life): Promise<() => Promise<Answered>> {
  const { stage } = load
  const send = await readyToCall(stage, '/access/v1/evaluation', tokens.decide)
  const body = evaluation(sharer.sub)
  const pick = chance()
  return async () => {
    const sentAt = performance.now()
    const answer = await send(body, portAt(stage, victim, pick)).catch(() => undefined)
    const answeredAt = performance.now()
    const decision = answer?.status === 200 ? decisionIn(answer) : undefined
    const because = decision === undefined ? (answer?.status ?? 'gone') : reasonOf(decision)
    return { sentAt, answeredAt, isPermit: decision?.decision === true, because, decision }
  }
}

function portAt({ ports }: Stage, victim: Victim, chance: number): number {
  const all = [...ports, victim.port()]
  return at(all, Math.floor(chance * all.length))
}

/** Presses a button of the person until a process confirms it. */
async function press(life: Life, consentId: string, place: string): Promise<void> {
  const { browser, csrf } = life.sharer
  const path = `/mes-partages/${consentId}/${place}`
  await insist(life, [303], (port) => browser.post(path, { csrf }, { port }))
}

async function report(life: Life, permit: Decision, reported: Set<string>): Promise<void> {
  const { chance, load, tokens } = life
  const isNil = chance() < 0.3
  const body = reportOf(permit, isNil ? { status: 'nil', categories: [], record_count: 0 } : {})
  const times = chance() < 0.3 ? 2 : chance() < 0.9 ? 1 : 0
  for (let i = 0; i < times; i++) {
    await insist(life, [200, 201], (port) =>
      load.stage.revenue.api('/disclosures', tokens.report, body, { port }),
    )
    reported.add(String(permit.context['decision_id']))
  }
}

async function insist(
  { load, chance, victim }: Life,
  wanted: readonly number[],
  send: (port: number) => Promise<Answer>,
): Promise<void> {
  let last = 'no answer'
  for (let tries = 0; tries < maxTries; tries++) {
    const answer = await send(portAt(load.stage, victim, chance())).catch(() => undefined)
    if (answer !== undefined && wanted.includes(answer.status)) return
    last = `${answer?.status} ${answer?.body.slice(0, 200)}`
    if (answer !== undefined && answer.status !== 503) break
  }
  throw new Error(`not done: ${last}`)
}
