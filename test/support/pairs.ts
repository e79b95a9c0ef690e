import { afterAll, beforeAll, expect } from 'vitest'
import type { Answer } from './browser.ts'
import type { Load, Sharer } from './sharing-load.ts'
import {
  at,
  decisionIn,
  inFlight,
  openLoad,
  portOf,
  readyToCall,
  reasonOf,
} from './sharing-load.ts'
import type { Json, Stage } from './sharing.ts'
import { holderToken, startStage } from './sharing.ts'

// A person's action and decisions about her at the same time, on two processes. One clock says which request was sent after which.

/** Where they meet: two processes, the means to make many sharings, and a token that decides. */
export type Ground = { readonly stage: Stage; readonly load: Load; readonly token: string }

// A token lives five minutes, and many pairs take longer.
const tokenMs = 120_000

/** One for a test file, open from its first test to its last. */
export function openGround(): Ground & { renew(): Promise<void> } {
  const state: { stage?: Stage; load?: Load; token?: string; renewAt?: number } = {}
  const renew = async () => {
    if (performance.now() < (state.renewAt ?? 0)) return
    state.renewAt = performance.now() + tokenMs
    state.token = await holderToken(present(state.stage), 'decide')
  }

  beforeAll(async () => {
    state.stage = await startStage()
    state.load = await openLoad(state.stage)
    await renew()
  }, 120_000)

  afterAll(async () => {
    await state.load?.close()
    await state.stage?.stop()
  })

  return {
    get stage() {
      return present(state.stage)
    },
    get load() {
      return present(state.load)
    },
    get token() {
      return present(state.token)
    },
    renew,
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the ground is not open: use it inside a test')
  return value
}

export type Asked = {
  readonly sentAt: number
  readonly answeredAt: number
  readonly isPermit: boolean
  /** The reason of a deny; for other answers the HTTP status. */
  readonly because: unknown
}

/** A deed, and the decisions that were asked for around it. */
export type Pair = {
  readonly sentAt: number
  readonly acknowledgedAt: number
  readonly asked: readonly Asked[]
}

/** Runs `count` pairs with these people, one pair at a time for each person. */
export async function dealOut(
  sharers: readonly Sharer[],
  count: number,
  work: (sharer: Sharer, turn: number) => Promise<Pair>,
): Promise<Pair[]> {
  const lanes = await inFlight(sharers, sharers.length, async (sharer, lane) => {
    const done: Pair[] = []
    for (let turn = lane; turn < count; turn += sharers.length) done.push(await work(sharer, turn))
    return done
  })
  return lanes.flat()
}

type Meeting = { readonly stage: Stage; readonly token: string; readonly turn: number }

/** One decision before the deed, one with it under way, one after its acknowledgement. */
export async function against(
  { stage, token, turn }: Meeting,
  body: Json,
  deed: (port: number) => Promise<Answer>,
): Promise<Pair> {
  // Each a request of its own.
  const bodies = [0, 1, 2].map(() => ({ ...body, context: { request_id: crypto.randomUUID() } }))
  const port = portOf(stage, turn)
  const ask = await Promise.all(bodies.map((one) => timed(stage, token, one, port)))
  const asked = [at(ask, 0)()]
  const sentAt = performance.now()
  const done = deed(portOf(stage, turn + 1))
  asked.push(at(ask, 1)())
  expect((await done).status).toBe(303)
  const acknowledgedAt = performance.now()
  asked.push(at(ask, 2)())
  return { sentAt, acknowledgedAt, asked: await Promise.all(asked) }
}

/** Signed beforehand: nothing but the request itself is left to do. */
export async function timed(
  stage: Stage,
  token: string,
  body: Json,
  port: number,
): Promise<() => Promise<Asked>> {
  const send = await readyToCall(stage, '/access/v1/evaluation', token)
  return async () => {
    const sentAt = performance.now()
    const answer = await send(body, port)
    const answeredAt = performance.now()
    const decision = answer.status === 200 ? decisionIn(answer) : undefined
    const because = decision === undefined ? answer.status : reasonOf(decision)
    return { sentAt, answeredAt, isPermit: decision?.decision === true, because }
  }
}

/** Expects that no question asked after the acknowledgement was permitted, and that actions and decisions overlapped. */
export function expectStrict(history: readonly Pair[], count: number, because: string): void {
  expect(history).toHaveLength(count)
  expect(history.flatMap(permitsAfter)).toEqual([])
  expect(history.flatMap(askedAfter).length).toBeGreaterThanOrEqual(count)
  // With the deed under way some were permitted and some were not.
  const met = history.flatMap(({ asked, sentAt, acknowledgedAt }) =>
    asked.filter((one) => one.sentAt < acknowledgedAt && one.answeredAt > sentAt),
  )
  expect(met.some(({ isPermit }) => isPermit)).toBe(true)
  expect(met.some((one) => one.because === because)).toBe(true)
}

function askedAfter({ asked, acknowledgedAt }: Pair): Asked[] {
  return asked.filter(({ sentAt }) => sentAt > acknowledgedAt)
}

export function permitsAfter(pair: Pair): Asked[] {
  return askedAfter(pair).filter(({ isPermit }) => isPermit)
}
