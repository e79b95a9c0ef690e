import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toldCodes } from '../../src/api/me/problems.ts'
import { anchorOf, listedProblems, problemType } from '../../src/api/openapi/index.ts'
import { faultCodeOf, listedFaults } from '../../src/provider/faults/error-codes.ts'
import { errorPages } from '../../scripts/error-pages.ts'

const root = join(import.meta.dirname, '../..')

test('docs/errors.md and docs/errors.en.md are those of the code: `npm run errors` writes them', async () => {
  for (const [file, text] of await errorPages())
    expect(readFileSync(join(root, 'docs', file), 'utf8'), file).toBe(text)
})

const sentences = listedFaults.flatMap(([code, { error, says }]) =>
  says.map((sentence) => ({ code, error, ...sentence })),
)

test('each sentence leads to its own code', () => {
  for (const { code, error, says } of sentences)
    expect([says, faultCodeOf(error, says.replaceAll(/\{\w+\}/g, 'x'))]).toEqual([says, code])
})

test('a sentence has no character that an error description may not have', () => {
  const allowed = /^[\u0020-\u0021\u0023-\u005b\u005d-\u007e]{1,300}$/ // RFC 6749, section 5.2
  expect(sentences.filter(({ says }) => !allowed.test(says))).toEqual([])
  const code = /^[a-z]+(?:-[a-z]+)*$/
  expect(listedFaults.filter(([name]) => !code.test(name))).toEqual([])
})

test('an answer that is no fault of a service has no code', () => {
  for (const error of ['access_denied', 'login_required', 'consent_required', 'server_error'])
    expect(faultCodeOf(error, undefined)).toBeUndefined()
  expect(faultCodeOf('invalid_request', 'something new of the library')).toBeUndefined()
})

// After an upgrade that has other words, a service would read the library's sentence again.
test('the library still has each sentence that is replaced', () => {
  const source = ['node_modules/oidc-provider/lib', 'node_modules/jose/dist/webapi']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').replaceAll("\\'", "'"))
    .join('\n')
  const replaced = sentences.flatMap((sentence) => sentence.for ?? [])
  expect(replaced.length).toBeGreaterThan(30)
  // `koa-body`'s word for a large body comes from another package.
  const elsewhere = new Set(['request entity too large'])
  expect(replaced.filter((said) => !source.includes(said) && !elsewhere.has(said))).toEqual([])
})

const problems = new Set<string>(listedProblems.map(([code]) => code))

test('the list has each code that our JSON APIs can answer with, and no other', () => {
  const source = codeIn('src')
  const answered = new Set([
    ...all(source, /new Problem\(\s*'([^']+)'/g),
    ...all(codeIn('src/api'), /(?:new Refusal|refuseAs)\(\s*'([^']+)'/g),
    ...toldCodes,
    ...all(codeIn('src/base/web/caller.ts'), /^ {4}\| '(\w+)'$/gm),
    // What src/base/web/answer-errors.ts and src/base/web/front-door.ts answer to anybody.
    'unauthorised',
    'unavailable',
    'request.invalid',
    'server-error',
    'method-not-allowed',
    'wrong-host',
    'sharing.untrusted',
  ])
  expect(answered.size).toBeGreaterThan(40)
  expect([...answered].filter((code) => !problems.has(code))).toEqual([])
  expect([...problems].filter((code) => !answered.has(code))).toEqual([])
})

test('each code has an anchor of its own, to which its type leads', () => {
  const anchors = [...listedFaults, ...listedProblems].map(([code]) => anchorOf(code))
  expect(new Set(anchors).size).toBe(anchors.length)
  expect(problemType('https://id.test', 'report.time')).toBe(
    'https://id.test/api/errors#reporttime',
  )
  expect(problemType('https://id.test', 'none')).toBe('about:blank')
})

function codeIn(place: string): string {
  const path = join(root, place)
  if (place.endsWith('.ts')) return readFileSync(path, 'utf8')
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('\n')
}

function all(text: string, code: RegExp): string[] {
  return [...text.matchAll(code)].map(([, found = '']) => found)
}
