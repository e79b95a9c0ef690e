import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { timeOfId, writeId } from '../../src/base/values/ids.ts'
import { formOf } from '../support/browser.ts'
import { issuer } from '../support/broker.ts'
import { chances } from '../support/chances.ts'
import { until } from '../support/fault-process.ts'
import type { Receiver } from '../support/receiver.ts'
import { startReceiver } from '../support/receiver.ts'
import type { Service } from '../support/service.ts'
import { json } from '../support/service.ts'
import type { Json, Parties } from '../support/sharing.ts'
import { askNewcomerByPages, share } from '../support/sharing.ts'
import { oneOf } from './chance.ts'
import { requireWhole, seed } from './report.ts'
import { housesOf, withScene } from './scene.ts'
import type { Server } from './servers.ts'

// kill -9 of workers while they push what happens to streams of both bodies: each event arrives, those of a person in order, and none at
// another body. A receiver takes a moment for each, so that a kill meets pushes on their way.

const kills = Number(process.env['DRILL_KILLS'] ?? 6)
const chance = chances(seed)
const [walkers, pauses, slowestMs, emptyMs] = [3, 3, 250, 180_000] as const
const kinds = ['granted', 'revoked', 'expired', 'suspended', 'resumed', 'superseded']
const bodies = { '/revenue': 'org_agence-revenu', '/aid': 'org_aide-etudes' } as const
type Path = keyof typeof bodies

test(
  `signals, ${kills} kills of workers, seed ${seed}`,
  { timeout: 600_000 + kills * 60_000 },
  async () => {
    const receiver = await startReceiver()
    for (const path of Object.keys(bodies))
      receiver.answer(path, (response) => {
        void pause(chance() * slowestMs).then(() => response.writeHead(202).end())
      })
    const laying = { signals: true, env: { OUTBOUND_ALLOW: receiver.host } }
    try {
      await withScene({ name: 'signals', laying }, async ({ server, ground, lives }) => {
        const { parties } = ground
        await begin(parties.revenue, `http://${receiver.host}/revenue`)
        await begin(parties.aid, `http://${receiver.host}/aid`)
        const since = Date.now()
        const walk = startWalks(parties)
        let done = 0
        while (done < kills) {
          const workers = housesOf(ground, 'work')
          const chosen = chance() < 0.5 ? workers : [oneOf(workers, chance)]
          await Promise.all(chosen.map((house) => ground.close(house, 'SIGKILL')))
          done += chosen.length
          await Promise.all(chosen.map(({ kind }) => ground.open(kind)))
          await lives.goOn()
        }
        const walked = await walk.end()
        const told = await lives.end()
        await until('nothing waits', () => isEmpty(server), emptyMs)
        const figures = await requireTold(server, receiver, { walked, since })
        await requireWhole(ground, server, told, { kills: done, ...figures })
      })
    } finally {
      await receiver.close()
    }
  },
)

async function begin(body: Service, endpoint_url: string): Promise<void> {
  const given = await body.clientCredentials(`${issuer}/ssf`, 'ssf.read ssf.manage')
  const delivery = { method: 'urn:ietf:rfc:8935', endpoint_url }
  const events_requested = kinds.map(
    (kind) => `${issuer}/secevent/consent/event-type/consent-${kind}`,
  )
  const token = String(json(given)['access_token'])
  const answer = await body.api('/ssf/streams', token, { delivery, events_requested })
  expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
}

/** Consents by number, with what was acknowledged of each, in order. */
type Walked = ReadonlyMap<string, readonly string[]>

/** People who allow, pause and go on several times, and stop. */
function startWalks(parties: Parties) {
  const walked = new Map<string, string[]>()
  const over = new AbortController()
  async function walkOnce(): Promise<void> {
    const { browser, consentId } = await share(parties, await askNewcomerByPages(parties))
    const path = `/mes-partages/${consentId}`
    const acknowledged = ['granted']
    walked.set(consentId, acknowledged)
    const { csrf = '' } = formOf(await browser.get(`${path}/arret`)).fields
    const deeds = Array.from({ length: pauses }, () => [
      ['pause', 'suspended'],
      ['reprise', 'resumed'],
    ])
    for (const [deed, kind] of [...deeds.flat(), ['arret', 'revoked']]) {
      const { status } = await browser.post(`${path}/${deed}`, { csrf })
      if (status !== 303) throw new Error(`${deed}: ${status}`)
      acknowledged.push(kind ?? '')
    }
  }
  async function walk(): Promise<void> {
    while (!over.signal.aborted) await walkOnce().catch(() => pause(slowestMs))
  }
  const walking = Promise.all(Array.from({ length: walkers }, walk))
  return {
    async end(): Promise<Walked> {
      over.abort()
      await walking
      return walked
    },
  }
}

async function isEmpty({ ask }: Pick<Server, 'ask'>): Promise<boolean> {
  const [row] = await ask('select not exists (select from signal_event) as empty')
  return row?.['empty'] === true
}

/** Each body was told how each sharing stands in the end, of deeds in their order, and of nothing but its own. @returns figures */
async function requireTold(
  { ask }: Pick<Server, 'ask'>,
  receiver: Receiver,
  { walked, since }: { readonly walked: Walked; readonly since: number },
): Promise<Json> {
  const rows = await ask(
    `select consent_id as id, state from consent_current where state <> 'refused'`,
  )
  const covered = rows.flatMap(({ id, state }) =>
    timeOfId(String(id)).getTime() > since ? [{ id: writeId('con', String(id)), state }] : [],
  )
  const subjects: string[][] = []
  const figures: Record<string, Json> = {}
  for (const path of Object.keys(bodies) as Path[]) {
    const { told, subs, ...counts } = arrivedAt(receiver, path)
    subjects.push(subs)
    figures[path.slice(1)] = counts
    const missed = covered.filter(({ id, state }) => {
      const kindsTold = told.get(id) ?? []
      return kindsTold.length === 0 || (state === 'revoked' && kindsTold.at(-1) !== 'revoked')
    })
    const disordered = [...walked].filter(
      ([id, acknowledged]) => !isInOrder(told.get(id) ?? [], acknowledged),
    )
    expect({ missed, disordered }).toEqual({ missed: [], disordered: [] })
  }
  const [one = [], other = []] = subjects
  expect(one.filter((sub) => other.includes(sub))).toEqual([])
  expect(walked.size).toBeGreaterThan(0)
  return { walked: walked.size, covered: covered.length, ...figures }
}

/** What was over before it was sent is not told; the last deed may have been done although its answer was lost. */
function isInOrder(told: readonly string[], acknowledged: readonly string[]): boolean {
  let [at, more] = [0, 0]
  for (const kind of told) {
    const found = acknowledged.indexOf(kind, at)
    if (found === -1) more += 1
    else at = found + 1
  }
  return more <= 1
}

type Told = {
  readonly jti: string
  readonly aud: string
  readonly sub_id: { readonly sub: string }
  readonly events: Readonly<Record<string, { readonly consent_id: string }>>
}

/** What came to a body, each event once, as it came first. */
function arrivedAt(receiver: Receiver, path: Path) {
  const told = new Map<string, string[]>()
  const [seen, subs] = [new Set<string>(), new Set<string>()]
  const pushed = receiver.pushed(path)
  for (const { claims } of pushed) {
    const { jti, aud, sub_id: subject, events } = claims as Told
    expect(aud).toBe(bodies[path])
    subs.add(subject.sub)
    if (seen.has(jti)) continue
    seen.add(jti)
    for (const [kind, { consent_id: id }] of Object.entries(events))
      told.set(id, [...(told.get(id) ?? []), kind.replace(/^.*\/consent-/, '')])
  }
  return { told, subs: [...subs], events: seen.size, again: pushed.length - seen.size }
}
