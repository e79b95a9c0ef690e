import type { CallBroker } from '../call-broker.ts'
import { isObject } from '../shape.ts'
import { inRounds, type Rounds } from './rounds.ts'
import type { TakeSignal } from './signal.ts'
import { accepted, ownStream, pollMethod, type Stream } from './stream.ts'

// A minute would be enough, because a stop counts before the bodies hear of it. In a demonstration a person may be watching.
const pauseMilliseconds = 2000
const [maxEvents, maxTurns] = [20, 10]

type Words = { readonly ack: readonly string[]; readonly setErrs: Readonly<Record<string, object>> }

/** Fetches what the broker tells us, and acknowledges what was taken (RFC 8936). */
export function takePolled(issuer: string, call: CallBroker, take: TakeSignal): Rounds {
  let stream: Stream | undefined
  const rounds = inRounds(pauseMilliseconds, 'no signals', async () => {
    stream ??= await ownStream(issuer, call, { method: pollMethod })
    if (stream === undefined) return
    let words: Words = { ack: [], setErrs: {} }
    // The next event of a person comes once the one before is acknowledged.
    for (let turn = 0; turn < maxTurns; turn++) {
      const asked = { maxEvents, returnImmediately: true, ...words }
      const answer = await call(stream.endpoint, asked)
      if (answer.status === 404) stream = undefined
      const sets = setsIn(await (await accepted(Promise.resolve(answer))).json())
      if (stream === undefined || sets.length === 0) return
      words = await taken(sets, take)
    }
  })
  rounds.soon()
  return rounds
}

async function taken(
  sets: readonly (readonly [string, string])[],
  take: TakeSignal,
): Promise<Words> {
  const ack: string[] = []
  const setErrs: Record<string, object> = {}
  for (const [jti, token] of sets)
    if (await take(token)) ack.push(jti)
    else setErrs[jti] = { err: 'invalid_request' }
  return { ack, setErrs }
}

function setsIn(answer: unknown): [string, string][] {
  const sets = isObject(answer) && isObject(answer['sets']) ? answer['sets'] : {}
  return Object.entries(sets).flatMap(([jti, token]) =>
    typeof token === 'string' ? [[jti, token] as [string, string]] : [],
  )
}
