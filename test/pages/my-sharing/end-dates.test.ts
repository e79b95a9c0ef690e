import { afterAll, beforeAll, expect, test } from 'vitest'
import { noonOf } from '../../../src/base/values/calendar.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { Answer } from '../../support/browser.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { ask, share, shareAsNewcomer, startStage, stop } from '../../support/sharing.ts'
import { loan } from '../../support/together.ts'
import { pathOf } from './living.ts'

// The last days of her sharings, as a file for her own calendar.

let stage: Stage
let aid: Shared

beforeAll(async () => {
  stage = await startStage(undefined, undefined, undefined, { env: { ATTESTATION: 'no' } })
  aid = await shareAsNewcomer(stage)
})
afterAll(() => stage.stop())

/** The lines of the file, of which a long one goes on after a break and a space (RFC 5545 § 3.1). */
function linesOf({ body }: Answer): readonly string[] {
  return body.replaceAll('\r\n ', '').split('\r\n')
}

function valuesOf(answer: Answer, name: string): readonly string[] {
  return linesOf(answer).flatMap((line) => {
    const [, value] = new RegExp(`^${name}(?:;[^:]*)?:(.*)$`).exec(line) ?? []
    return value === undefined ? [] : [value]
  })
}

test('the file has the last day that the page says, and a reminder; not with whom, and nothing that leads back', async () => {
  const page = await aid.browser.get(`/en${pathOf(aid.consentId)}`)
  const action = /action="([^"]*fin\.ics)"/.exec(page.body)?.[1] ?? ''
  const file = await aid.browser.get(action)
  expect(file.headers['content-type']).toBe('text/calendar; charset=utf-8')
  const [day = ''] = valuesOf(file, 'DTSTART')
  const last = noonOf(day.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'))
  expect(page.body).toContain(makeWords().date('en', last))
  expect(valuesOf(file, 'TRIGGER')).toEqual(['-P14D'])
  expect(valuesOf(file, 'SUMMARY')).toEqual(['Accord: a sharing ends'])
  expect(file.body).not.toContain('Student')
  expect(file.body).not.toContain(aid.consentId.slice('con_'.length))
  const again = await aid.browser.get(action)
  expect(valuesOf(again, 'UID')).not.toEqual(valuesOf(file, 'UID'))
})

test('with whom is in the title if she ticks it, in the language of the page', async () => {
  const file = await aid.browser.get(`${pathOf(aid.consentId)}/fin.ics?nom=oui`)
  expect(valuesOf(file, 'SUMMARY')).toEqual([
    'Accord\u00a0: un partage finit (Aide aux études (démo))',
  ])
})

test('one file has all that are not over; one that is over has none', async () => {
  const second = await share(stage, await ask(stage, aid.browser, loan))
  const all = await aid.browser.get('/mes-partages/fins.ics')
  expect(valuesOf(all, 'DTSTART')).toHaveLength(2)
  await stop(aid.browser, second.consentId)
  expect(valuesOf(await aid.browser.get('/mes-partages/fins.ics'), 'DTSTART')).toHaveLength(1)
  expect((await aid.browser.get(`${pathOf(second.consentId)}/fin.ics`)).status).toBe(409)
})

test('nobody else gets it', async () => {
  const stranger = await shareAsNewcomer(stage)
  const asked = await stranger.browser.get(`${pathOf(aid.consentId)}/fin.ics`)
  expect(asked.status).toBe(404)
  expect(asked.body).not.toContain('BEGIN:VCALENDAR')
})
