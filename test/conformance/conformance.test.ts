import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JudgedHouse } from '../support/judged-house.ts'
import { openJudgedHouse } from '../support/judged-house.ts'
import type { Network } from './judging.ts'
import { judgeAll, plans, quick } from './plans.ts'
import { readRecord, told, writeRecord } from './record.ts'

// The modules of the OpenID Foundation's suite, judged by code that shares nothing with the product (docs/conformance.en.md). The suite runs those
// that wait for nothing and are judged once; `npm run drill -- conformance` runs all, and `npm run conformance` writes them down.

const isRecording = process.env['CONFORMANCE'] === 'record'
const longestMs = 600_000

let house: JudgedHouse
beforeAll(async () => {
  house = await openJudgedHouse()
})
afterAll(() => house.stop())

test('each module has the result that the record says', { timeout: longestMs }, async () => {
  const verdicts = await judgeAll(house, isRecording ? (modules) => modules : quick)
  if (isRecording) writeRecord(verdicts, new Date())
  const record = readRecord()
  const judged = new Set(verdicts.map(({ plan, module }) => `${plan} ${module}`))
  const lines = record.filter(({ plan, module }) => judged.has(`${plan} ${module}`))
  expect(verdicts.map(told)).toEqual(lines.map(told))
  expect(verdicts.length).toBeGreaterThan(200)
})

test('the record has every module once, its commit and day, and why where it is not passed', () => {
  const record = readRecord()
  const names = plans.flatMap(({ name, modules }) => modules.map((module) => [name, module.name]))
  expect(record.map(({ plan, module }) => [plan, module])).toEqual(names)
  expect(new Set(names.map(String)).size).toBe(names.length)
  for (const { module, result, why, commit, date } of record) {
    expect(['PASSED', 'WARNING', 'SKIPPED'], module).toContain(result)
    expect(why === undefined, module).toBe(result === 'PASSED')
    expect(commit, module).toMatch(/^[0-9a-f]{12}(-dirty)?$/)
    expect(date, module).toMatch(/^\d{4}-\d\d-\d\d$/)
  }
})

// A judge that finds no fault in a wrong provider would find none in ours: each of these is ours, spoilt on its way.
describe('the judge finds', () => {
  test.each<[string, string, Spoiling]>([
    ['an answer without iss', 'oidcc-server', { header: 'location', from: /&iss=[^&]*/, to: '' }],
    ['another state', 'oidcc-server', { header: 'location', from: /state=/, to: 'state=other' }],
    [
      'tokens that may be kept',
      'oidcc-server',
      { header: 'cache-control', from: /.*/, to: 'no-cache' },
    ],
    [
      'a signature that is none',
      'oidcc-server',
      { body: /("id_token":"[^"]*\.)[^".]{20}/, to: '$1AAAAAAAAAAAAAAAAAAAA' },
    ],
    [
      'another person at userinfo',
      'oidcc-userinfo-get',
      { body: /^\{"sub":"/, to: '{"sub":"other' },
    ],
    ['a missing token_type', 'oidcc-userinfo-get', { body: /"token_type"/, to: '"type"' }],
    [
      'a private key that is published',
      'oidcc-discovery-endpoint-verification',
      { body: /"kty":"RSA"/, to: '"kty":"RSA","d":"AQAB"' },
    ],
    [
      'an endpoint without TLS',
      'oidcc-discovery-endpoint-verification',
      { body: /"token_endpoint":"https/, to: '"token_endpoint":"http' },
    ],
    [
      'a refusal that is none',
      'fapi2-security-profile-final-par-ensure-pkce-required',
      { status: 400, to: '201' },
    ],
    [
      'words that no error may have',
      'fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected',
      { body: /"error_description":"/, to: '"error_description":"é' },
    ],
    [
      'another decision',
      'authzen-pdp-evaluation-fixture-request-deny-decision',
      { body: /"decision":false/, to: '"decision":true' },
    ],
    [
      'a stream of another issuer',
      'openid-ssf-stream-control-happy-path',
      { body: /"iss":"https/, to: '"iss":"http' },
    ],
    [
      'a stream that is there, though it was ended',
      'openid-ssf-stream-control-error-read-unknown-stream',
      { status: 404, to: '200' },
    ],
    [
      'an event with a signature that is none',
      'openid-ssf-transmitter-stream-verification-poll-only',
      { body: /("sets":\{"[^"]+":"[^"]*\.)[^".]{20}/, to: '$1AAAAAAAAAAAAAAAAAAAA' },
    ],
  ])('%s', async (_, module, spoiling) => {
    const wrong = { ...house, connect: () => spoilt(house.connect(), spoiling) }
    const [plan] = plans.filter(({ modules }) => modules.some(({ name }) => name === module))
    const chosen =
      plan === undefined
        ? []
        : [{ ...plan, modules: plan.modules.filter(({ name }) => name === module) }]
    const results = await judgeAll(wrong, (modules) => modules, 1, chosen).catch(
      (error: unknown) => [{ result: 'FAILED', why: String(error) }],
    )
    expect(results).toMatchObject([{ result: 'FAILED' }])
  })
})

type Spoiling =
  | { readonly header: string; readonly from: RegExp; readonly to: string }
  | { readonly body: RegExp; readonly to: string }
  | { readonly status: number; readonly to: string }

function spoilt(network: Network, spoiling: Spoiling): Network {
  return async (url, init) => {
    const response = await network(url, init)
    const headers = new Headers(response.headers)
    const text = await response.text()
    const isStatus = 'status' in spoiling && spoiling.status === response.status
    const status = isStatus ? Number(spoiling.to) : response.status
    if ('header' in spoiling) {
      const value = headers.get(spoiling.header)
      if (value !== null) headers.set(spoiling.header, value.replace(spoiling.from, spoiling.to))
    }
    const body = 'body' in spoiling ? text.replace(spoiling.body, spoiling.to) : text
    return new Response([204, 304].includes(status) ? null : body, { status, headers })
  }
}
