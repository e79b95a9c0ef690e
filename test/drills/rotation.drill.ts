import { expect, test } from 'vitest'
import type { PublishedKeys, SignedKind } from '../../src/base/keys/jws.ts'
import { readByPublishedKeys } from '../../src/base/keys/jws.ts'
import { issuer } from '../support/broker.ts'
import { send } from '../support/fault-client.ts'
import { until } from '../support/fault-process.ts'
import { chances } from '../support/chances.ts'
import { newestReceipt } from '../support/receipts.ts'
import type { Decision } from '../support/sharing.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  reportOf,
  share,
} from '../support/sharing.ts'
import type { Site } from '../support/browser.ts'
import { dealt } from './chance.ts'
import type { Ground } from './ground.ts'
import type { ByAlg, Relying } from './relying.ts'
import { algs, makeRelyingServices, startRelying } from './relying.ts'
import { requireWhole, seed } from './report.ts'
import type { Scene } from './scene.ts'
import { housesOf, withScene } from './scene.ts'

// Every key is changed by the commands of docs/operate, in an order of the seed's, while people live and all processes, two of the web
// and a worker, are replaced one after the other at each step. No request fails, and what was signed before is still believed.

const published = ['id-token', 'id-token-rsa', 'decision', 'receipt']
const sealing = ['data', 'seal']
const purposes = ['cookie', 'dpop-nonce', ...published, ...sealing, 'log']
const renewedMs = 120_000
const retireTries = 20

test(`rotation of every key, seed ${seed}`, { timeout: 3_600_000 }, () => {
  let services: ByAlg | undefined
  const making = async (site: Site) => Object.values((services = await makeRelyingServices(site)))
  return withScene({ name: 'rotation', laying: { services: making } }, async (held) => {
    if (services === undefined) throw new Error('no service signs people in')
    const relying = await startRelying(held.ground.parties, services)
    try {
      await rotateAll({ ...held, relying })
    } finally {
      await relying.end()
    }
  })
})

type Rotating = Scene & { readonly relying: Relying }

async function rotateAll(scene: Rotating): Promise<void> {
  const { server, ground, lives, relying } = scene
  // A copy of the beginning verifies nothing at the end: so what is verified between is by keys that were published in time.
  const isStillKnown = await relying.keep()
  const [, second] = housesOf(ground, 'work')
  if (second !== undefined) await ground.close(second)
  const kept: Kept[] = [await keep(scene)]
  const tookMs: Record<string, number> = {}
  const order = dealt(purposes, purposes.length, chances(seed))
  for (const purpose of order) {
    const from = performance.now()
    await (purpose === 'log' ? rotateLog(scene) : rotate(scene, purpose))
    tookMs[purpose] = Math.round(performance.now() - from)
    kept.push(await keep(scene))
  }
  await replaceAll(scene)
  const isBeginningKnown = await isStillKnown()
  const relied = await relying.end()
  const checked = await check(scene, kept)
  const acknowledged = await lives.end()
  const { brokenLives } = acknowledged
  const whyBroken = lives.whyBroken()
  const lost = ground.front.lost()
  const figures = {
    order,
    tookMs,
    kept: kept.length,
    whyBroken,
    lostOnTheWay: lost,
    relied,
    isBeginningKnown,
  }
  await requireWhole(ground, server, acknowledged, figures)
  const { unverified, broken } = relied
  expect({ unverified, isBeginningKnown }).toEqual({ unverified: [], isBeginningKnown: false })
  expect({ brokenLives, whyBroken, lost }).toEqual({ brokenLives: 0, whyBroken: [], lost: 0 })
  expect(broken).toEqual([])
  for (const alg of algs) expect(relied.verified[alg]).toBeGreaterThan(order.length)
  expect(checked).toEqual(kept.map(() => ({ receipt: true, decision: true, report: 201 })))
  const { statuses } = ground.front.answers()
  expect(Object.keys(statuses).filter((status) => Number(status) >= 500)).toEqual([])
}

async function rotate(scene: Rotating, purpose: string): Promise<void> {
  const { ground, lives, relying } = scene
  const atOnce = sealing.includes(purpose) ? [] : ['--at-once']
  const [old = ''] = await namesOf(ground, purpose)
  await relying.readAgain()
  await told(ground, 'rotate', purpose)
  await replaceAll(scene)
  await relying.readAgain()
  await told(ground, 'rotate', purpose, '--use', ...atOnce)
  await replaceAll(scene)
  expect((await namesOf(ground, purpose))[1]).toBe(old)
  // What began before is over, as after the day that an operator waits.
  await lives.turnOver()
  await relying.readAgain()
  if (sealing.includes(purpose)) await renewed(scene, old)
  // Processes do without it from their next start on.
  await retire(ground, [purpose, old, ...atOnce])
}

async function rotateLog(scene: Rotating): Promise<void> {
  await told(scene.ground, 'rotate', 'log')
  await replaceAll(scene)
  await told(scene.ground, 'retire', 'log', '--at-once')
}

/** The job of each hour, now; and again until it finds nothing. */
async function renewed({ server }: Scene, old: string): Promise<void> {
  await until(
    'no row needs the old key',
    async () => {
      await server.ask(`select graphile_worker.add_job('keys.renew') where not exists
        (select from graphile_worker.jobs where task_identifier = 'keys.renew')`)
      const [row] = await server.ask(
        'select renewed_at is not null as done from key_check where check_value = $1',
        [old],
      )
      return row?.['done'] === true
    },
    renewedMs,
  )
}

/** A row that is written in this very moment is looked at again. */
async function retire(ground: Ground, words: readonly string[]): Promise<void> {
  const said: string[] = []
  for (let tries = 0; tries < retireTries; tries++) {
    const { code, output } = await ground.accord(['keys', 'retire', ...words])
    if (code === 0) return
    said.push(output)
  }
  throw new Error(`not retired: ${said.join('')}`)
}

async function told(ground: Ground, ...words: string[]): Promise<void> {
  const { code, output } = await ground.accord(['keys', ...words])
  expect({ words, code, output: code === 0 ? '' : output }).toEqual({ words, code: 0, output: '' })
}

async function namesOf(ground: Ground, purpose: string): Promise<string[]> {
  const { output } = await ground.accord(['keys', 'list'])
  return [...output.matchAll(new RegExp(`^${purpose} +(\\S+)`, 'gm'))].map(([, name = '']) => name)
}

/** One after the other: another process serves before one leaves. */
async function replaceAll({ ground, lives, relying }: Rotating): Promise<void> {
  const before = [...ground.houses]
  for (const house of before) {
    await ground.open(house.kind)
    await ground.close(house)
  }
  await lives.goOn()
  await relying.goOn()
}

type Kept = { readonly receipt: string; readonly decision: Decision }

/** What a person and two bodies have from this time: a receipt, and a permit that is not reported yet. */
async function keep({ ground: { parties } }: Scene): Promise<Kept> {
  const { browser, consentId, sub } = await share(parties, await askNewcomerByPages(parties))
  const receipt = await newestReceipt(browser, consentId)
  const decision = await decide(parties, await holderToken(parties, 'decide'), evaluation(sub))
  return { receipt, decision }
}

async function check({ ground }: Scene, kept: readonly Kept[]) {
  const { front, parties } = ground
  const { text } = await send(front.port, '/keys', { headers: { Host: new URL(issuer).host } })
  const keys = JSON.parse(text) as PublishedKeys
  const isSigned = async (kind: SignedKind, jws: string) =>
    (await readByPublishedKeys(keys, kind, jws)) !== undefined
  const token = await holderToken(parties, 'report')
  const checked = []
  for (const { receipt, decision } of kept)
    checked.push({
      receipt: await isSigned('consent-receipt+jwt', receipt),
      decision: await isSigned('decision+jwt', String(decision.context['decision_token'])),
      report: (await parties.revenue.api('/disclosures', token, reportOf(decision))).status,
    })
  return checked
}
