import { afterEach, expect, test } from 'vitest'
import type { Log, LogFields } from '../../../src/base/logging/log.ts'
import {
  LetterUnanswered,
  openMailer,
  RelayUnavailable,
} from '../../../src/base/outbound/mailer.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { present } from '../../../src/base/values/present.ts'
import type { RelayManners, SlowRelay } from '../../support/slow-relay.ts'
import { startSlowRelay } from '../../support/slow-relay.ts'

let relay: SlowRelay
const said: string[] = []
const say = ({ outcome = '' }: LogFields, message: string) => said.push(`${message}: ${outcome}`)
const log: Log = { debug: say, info: say, warn: say, error: say }

afterEach(async () => {
  said.length = 0
  await relay.close()
})

/** So many letters at once to a relay of these manners. @returns why some did not leave */
async function sendTo(manners: RelayManners, lanes: number, letters: number): Promise<unknown[]> {
  relay = await startSlowRelay(manners)
  const config = readConfig({ SMTP_URL: relay.url, MAIL_LANES: String(lanes) })
  const mailer = present(openMailer(config, log), 'a mailer')
  const sent = await Promise.allSettled(
    Array.from({ length: letters }, (_, n) =>
      mailer.send({ to: 'a@exemple.test', subject: 's', text: 't', language: 'fr', id: `l${n}` }),
    ),
  )
  return sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
}

const ids = () => new Set(relay.taken().map(({ id }) => id)).size

test('letters go over so many connections as there are lanes, one after the other on each', async () => {
  expect(await sendTo({ answerMs: 1 }, 3, 60)).toEqual([])
  expect([ids(), relay.taken().length, relay.seen().most]).toEqual([60, 60, 3])
})

test('a relay that takes few letters on a connection gets all of them, each once', async () => {
  expect(await sendTo({ answerMs: 1, lettersEach: 5 }, 2, 30)).toEqual([])
  expect([ids(), relay.taken().length]).toEqual([30, 30])
  expect(relay.seen().refused).toBeGreaterThan(0)
  expect(said).toEqual([])
})

test('a relay that refuses connections gets half as many at once, and is said to ask for less', async () => {
  const why = await sendTo({ answerMs: 5, connections: 4 }, 16, 40)
  expect(said[0]).toBe('the mail relay asks for less: 8 at once')
  expect(why.every((error) => error instanceof RelayUnavailable)).toBe(true)
  expect(why.some((error) => error instanceof LetterUnanswered)).toBe(false)
  expect(ids() + why.length).toBe(40)
  expect(ids()).toBe(relay.taken().length)
})

test('a relay that takes a letter and says nothing may have it: that is told apart, and no try comes by itself', async () => {
  const [why, ...more] = await sendTo({ answerMs: 1, isMute: true }, 1, 1)
  expect([why, more]).toEqual([expect.any(LetterUnanswered), []])
  expect(relay.taken()).toHaveLength(1)
})
