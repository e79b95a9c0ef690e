import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/base/platform/database.ts'
import { applyRegister } from '../../src/registry/index.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import type { Service } from '../support/service.ts'
import { json, makeService } from '../support/service.ts'
import type { Stage } from '../support/sharing.ts'
import { startStage } from '../support/sharing.ts'

// The register moves while two processes serve: what they hold of it in memory follows.

let stage: Stage
let misspelt: Service
const objects: RegisterObject[] = []

beforeAll(async () => {
  stage = await startStage(
    (object) => {
      objects.push(object)
      return object
    },
    undefined,
    async (site) => {
      misspelt = await makeService(site, {
        clientId: 'misspelt',
        organisation: 'org_misspelt',
        more: { redirect_url: 'https://misspelt.test/cb' },
      })
      return [misspelt]
    },
  )
}, 120_000)
afterAll(() => stage.stop())

type Content = Readonly<Record<string, unknown>>
const versions = new Map<string, number>()

/** A next version of a service, with these members; applied when it answers. */
async function applyService({ clientId, registered }: Service, change: Content = {}) {
  const version = (versions.get(clientId) ?? 1) + 1
  versions.set(clientId, version)
  const content = { ...registered, version, ...change }
  await apply([{ kind: 'service', id: clientId, version, content }])
}

async function apply(changed: readonly RegisterObject[]): Promise<void> {
  await transact(stage.db, (tx) =>
    applyRegister(tx, { objects: changed, problems: [] }, new Date()),
  )
}

async function statusesOf(service: Service): Promise<number[]> {
  const answers = await Promise.all(stage.ports.map((port) => service.push({}, { port })))
  return answers.map(({ status }) => status)
}

test('a service that cannot be served is left out and said; the house starts, and serves the others', async () => {
  expect(await statusesOf(stage.aid)).toEqual([201, 201])
  const answer = await misspelt.push()
  expect([answer.status, json(answer)['error']]).toEqual([401, 'invalid_client'])
  const said = stage
    .output()
    .split('\n')
    .filter((line) => line.includes('"serviceId":"misspelt"'))
    .map((line) => JSON.parse(line) as Content)
  expect(said).toHaveLength(2) // once a process
  expect(said[0]).toMatchObject({
    level: 50,
    msg: 'a service of the register cannot be served',
    why: 'redirect_url is not a field that this file may have',
  })
})

test('once its file is mended it is served by every process, by itself and soon', async () => {
  await applyService(misspelt, { redirect_url: undefined })
  await expect
    .poll(() => statusesOf(misspelt), { timeout: 10_000, interval: 50 })
    .toEqual([201, 201])
})
