import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { operations as decisions } from '../../src/api/authzen/shapes.ts'
import type { Operation } from '../../src/base/web/operation.ts'
import { operations as disclosures } from '../../src/consent/disclosures/shapes.ts'
import { operationsOf } from '../../src/house/routes.ts'

// What somebody copies from the guide for integrators and its pages is what our APIs take. Its programs are run by test/provider/guide.test.ts,
// test/provider/device.test.ts, test/base/check-decision.test.ts and test/base/receive-signals.test.ts.

const docs = join(import.meta.dirname, '../../docs')

const pages = [
  'integrate.md',
  'integrate.en.md',
  ...readdirSync(join(docs, 'integrate')).map((name) => `integrate/${name}`),
]

const operations = await operationsOf()

/** The addresses of OAuth and OpenID Connect, which have no shapes of ours. */
const ofProtocol = ['/request', '/auth', '/token', '/token/introspection', '/backchannel']

type Block = { readonly page: string; readonly language: string; readonly text: string }

const blocks = pages.flatMap(blocksOf)

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(docs, page), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', shown = '']) => ({
    page,
    language,
    text: shown,
  }))
}

test('each page is there in both languages, with the same blocks', () => {
  const french = pages.filter((page) => !page.endsWith('.en.md'))
  for (const page of french) {
    const english = page.replace(/\.md$/, '.en.md')
    expect(existsSync(join(docs, english)), english).toBe(true)
    const [one, other] = [page, english].map((name) =>
      blocksOf(name).map(({ language, text }) => [language, text.split('\n').length]),
    )
    expect(other, english).toEqual(one)
  }
  expect(pages).toHaveLength(2 * french.length)
})

test('each JSON text is JSON', () => {
  const all = blocks.filter(({ language }) => language === 'json')
  expect(all.length).toBeGreaterThan(40)
  const broken = all.filter(({ text }) => parsed(text) === undefined)
  expect(broken).toEqual([])
})

test('each request that is shown as JSON has the shape of its API', () => {
  const requests = blocks
    .filter(({ language }) => language === 'json')
    .map(({ page, text }) => ({ page, json: parsed(text) ?? {} }))
    .flatMap(({ page, json }) => {
      const shape = requestOf(json)
      return shape === undefined ? [] : [{ page, json, shape }]
    })
  expect(requests.length).toBeGreaterThan(10)
  for (const { page, json, shape } of requests)
    expect([page, json, shape.safeParse(json).error?.issues]).toEqual([page, json, undefined])
})

test('each command calls an operation that there is, as it wants to be called', () => {
  const calls = blocks.filter(({ language }) => language === 'sh').flatMap(callsIn)
  expect(calls.length).toBeGreaterThan(20)
  for (const { page, method, path, query, body } of calls) {
    if (ofProtocol.includes(path)) continue
    const operation = operationAt(method, path)
    expect([page, method, path, operation === undefined]).toEqual([page, method, path, false])
    if (operation?.query !== undefined)
      expect([page, path, operation.query.safeParse(query).error?.issues]).toEqual([
        page,
        path,
        undefined,
      ])
    if (body !== undefined)
      expect([page, path, operation?.request?.safeParse(body).error?.issues]).toEqual([
        page,
        path,
        undefined,
      ])
  }
})

test('each exchange that is shown calls an address that there is', () => {
  const called = blocks
    .filter(({ language }) => language === 'http')
    .flatMap(({ page, text }) =>
      [...text.matchAll(/^(GET|POST) (\/[^\s?]*)/gm)].map(([, method = '', path = '']) => ({
        page,
        method,
        path,
      })),
    )
  expect(called.length).toBeGreaterThan(10)
  const lost = called.filter(
    ({ method, path }) =>
      !ofProtocol.includes(path) && operationAt(method.toLowerCase(), path) === undefined,
  )
  expect(lost).toEqual([])
})

type Call = {
  readonly page: string
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
}

/** The calls of curl in a block: what follows `$ISSUER`, and the JSON that is sent. */
function callsIn({ page, text }: Block): Call[] {
  const commands = text.replaceAll('\\\n', ' ').split(/^(?=curl )/m)
  return commands.flatMap((command) => {
    const [, address] = /\$ISSUER(\/[^"'\s]*)/.exec(command) ?? []
    if (address === undefined) return []
    const { pathname, searchParams } = new URL(address, 'https://id.test')
    const [, json] = /-d '(\{[^]*\})'/.exec(command) ?? []
    const method = /\s-d /.test(command) ? 'post' : 'get'
    const query = Object.fromEntries(searchParams)
    return [{ page, method, path: pathname, query, body: json && parsed(json) }]
  })
}

function operationAt(method: string, path: string): Operation | undefined {
  return operations.find(
    (one) =>
      one.method === method &&
      new RegExp(`^${one.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(decodeURIComponent(path)),
  )
}

// What is shortened is a text of some characters, and an address of the issuer is one.
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  const whole = text.replaceAll('…', 'x').replaceAll('<ISSUER>', 'https://id.test')
  try {
    return JSON.parse(whole) as Readonly<Record<string, unknown>> // the guide shows objects alone
  } catch {
    return undefined
  }
}

/** The shape of a request, which is known by a member that no answer has. */
function requestOf(json: Readonly<Record<string, unknown>>): z.ZodType | undefined {
  if ('evaluations' in json && 'subject' in json) return decisions.evaluations.request
  if ('page' in json && 'subject' in json) return decisions.searchSubject.request
  if ('subject' in json) return decisions.evaluation.request
  const isReport = 'decision_token' in json || json['status'] === 'declared' || 'why' in json
  const isAnswer = 'ack' in json || 'declaration_id' in json
  if ((isReport || json['status'] === 'received') && !isAnswer) return disclosures.report.request
  return undefined
}
