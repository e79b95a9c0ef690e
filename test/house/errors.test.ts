import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultCodeOf, listedFaults } from '../../src/provider/fault-list.ts'
import { errorPages } from '../support/error-pages.ts'

const root = join(import.meta.dirname, '../..')

test('docs/errors.md and docs/errors.en.md are those of the code: `npm run errors` writes them', () => {
  for (const [file, text] of errorPages())
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
