import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contactSeals } from '../../../src/people/accounts/index.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Answer } from '../../support/browser.ts'
import { signUp } from '../../support/broker.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { json } from '../../support/service.ts'
import { untyped } from '../../support/database.ts'
import { changeSessions } from '../../support/resealed-access.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'

// How a person is told, chosen at a service of the house: what « Mes messages » does, and no more than it would.

const path = '/me/notifications'

let stage: PortalStage
let token: string
let personId: string
beforeAll(async () => {
  stage = await startPortalStage()
  const { browser } = await signUp(stage, stage.portal)
  token = await tokenFor(stage.portal, browser)
  const [account] = await untyped(stage.db)<{ personId: string }>('accounts').select('personId')
  personId = account?.personId ?? ''
  await addAddress()
})
afterAll(() => stage.stop())

/** As if the code that came there had been given. */
async function addAddress(): Promise<void> {
  const seals = contactSeals(await openKeys(stage.keysDir))
  const [now, contactId, messageId] = [new Date(), newUuid(new Date()), newUuid(new Date())]
  const [digest] = seals.digests('marie@exemple.test')
  const sealed = seals.seal('marie@exemple.test', contactId)
  const whose = { contactId, personId, channel: 'email', sealed, digest, messageId }
  await untyped(stage.db)('contactPoint').insert({
    ...whose,
    createdAt: now,
    confirmBy: now,
    confirmedAt: now,
  })
  await sealAsWritten(stage, 'contact_point')
}

function choose(body: unknown, headers = {}): Promise<Answer> {
  return stage.portal.api(path, token, body, { method: 'PUT', headers })
}

async function now(): Promise<unknown> {
  return json(await stage.portal.read(path, token))
}

const told = () => stage.db('notification').where({ personId, kind: 'messages.changed' })
const noted = () => stage.db('activity').where({ personId, kind: 'messages.changed' })

test('a change is answered and can be read again, and a message about it goes by the earlier channel', async () => {
  const silent = { sendings: 'never', question_reminders: false }
  const before = { channel: 'email', language: 'fr', available: ['email'], ...silent }
  expect(await now()).toEqual(before)

  const answer = await choose({ channel: 'none', language: 'en' })

  const chosen = { ...before, channel: 'none', language: 'en' }
  expect([answer.status, json(answer), await now()]).toEqual([200, chosen, chosen])
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await told()).toMatchObject([{ channel: 'email' }])
  await choose({ channel: 'none', language: 'en' })
  // The same again is nothing.
  expect([(await told()).length, (await noted()).length]).toEqual([1, 1])
  await choose({ channel: 'email', language: 'fr' })
})

test('messages about sendings and reminders are chosen beside; a service that leaves them out leaves them as they are', async () => {
  const both = { channel: 'email', language: 'fr' }
  const told = { sendings: 'weekly', question_reminders: true }
  expect(json(await choose({ ...both, ...told }))).toMatchObject(told)
  expect(json(await choose({ ...both, language: 'en' }))).toMatchObject(told)
  expect(json(await choose({ ...both, sendings: 'never' }))).toMatchObject({
    sendings: 'never',
    question_reminders: true,
  })
  expect(json(await choose({ ...both, question_reminders: false }))).toMatchObject({
    sendings: 'never',
    question_reminders: false,
  })
})

describe('nothing is changed', () => {
  test.each<[string, number, unknown, object?]>([
    ['by a channel that she has no address for', 409, { channel: 'sms', language: 'fr' }],
    ['by a channel that there is not', 400, { channel: 'fax', language: 'fr' }],
    ['by another language', 400, { channel: 'none', language: 'iu' }],
    ['by another wish of messages', 400, { channel: 'none', language: 'fr', sendings: 'daily' }],
    [
      'by a reminder that is no yes and no no',
      400,
      { channel: 'none', language: 'fr', question_reminders: 'yes' },
    ],
    ['by half of it', 400, { channel: 'none' }],
    ['by more than it', 400, { channel: 'none', language: 'fr', address: 'x@exemple.test' }],
    ['by a list', 400, [{ channel: 'none', language: 'fr' }]],
    ['by nothing', 400, {}],
    ['by a text', 415, { channel: 'none', language: 'fr' }, { 'content-type': 'text/plain' }],
    ['by 256 KiB', 413, { channel: 'none', language: 'fr', more: 'x'.repeat(256 * 1024) }],
  ])('%s', async (_, status, body, headers) => {
    const before = await now()
    const answer = await choose(body, headers)
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json',
    ])
    expect(await now()).toEqual(before)
  })

  test('by POST, by PUT at an address that has none, or without the token', async () => {
    const before = await now()
    const body = { channel: 'none', language: 'fr' }
    expect((await stage.portal.api(path, token, body)).status).toBe(405)
    for (const other of ['/me/consents', '/me/notifications/', '/en/me/notifications', '/acces'])
      expect([404, 405]).toContain(
        (await stage.portal.api(other, token, body, { method: 'PUT' })).status,
      )
    expect((await choose(body, { authorization: '' })).status).toBe(401)
    expect(await now()).toEqual(before)
  })

  test('in a session older than fifteen minutes, and the service is told which sign-in to ask for', async () => {
    const before = await now()
    await changeSessions(
      stage,
      `update oidc_sessions set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::int - 901))`,
    )

    const answer = await choose({ channel: 'none', language: 'fr' })

    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe(
      'DPoP error="insufficient_user_authentication", acr_values="urn:accord:aal:2", max_age="900", algs="ES256"',
    )
    expect(await now()).toEqual(before)
  })
})
