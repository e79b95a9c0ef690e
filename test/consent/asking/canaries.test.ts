import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Answer } from '../../support/browser.ts'
import { receiptsOn } from '../../support/receipts.ts'
import type { Stage } from '../../support/sharing.ts'
import {
  askNewcomer,
  decide,
  evaluation,
  holderToken,
  press,
  share,
  startStage,
  stop,
} from '../../support/sharing.ts'

// Words of the register are words: a tag or an attribute that stands in them is read, not run.

const canary = '<script>alert(1)</script>'
// One word, as those of the plain lines are counted; a slash parts attributes, too.
const quotes = '"\'/onmouseover=alert(1)/x="'
// Two objects of one kind may not have one name: each ends with its id.
const bilingual = (word: string, id: string) => ({
  fr: `${word} ${canary}${quotes} ${id}`,
  en: `${word} ${canary}${quotes} ${id}`,
})

const members: Readonly<Record<string, readonly string[]>> = {
  organisation: ['name', 'short_name'],
  category: ['label', 'plain_description', 'example', 'in_sentence'],
  dataset: ['label'],
  purpose: ['label', 'plain_statement', 'refusal_consequence', 'alternative_path'],
}

let stage: Stage

beforeAll(async () => {
  stage = await startStage(withCanaries)
})

afterAll(() => stage.stop())

function withCanaries(object: RegisterObject): RegisterObject {
  const { id } = object
  const changed = (members[object.kind] ?? []).map((name) => [name, bilingual(name, id)])
  const retention = { period: bilingual('period', id), trigger: bilingual('trigger', id) }
  const more = {
    ...(object.kind === 'purpose' && { retention }),
    // It is the name, alone or after an article.
    ...(object.kind === 'organisation' && { name_in_sentence: bilingual('name', id) }),
  }
  return { ...object, content: { ...object.content, ...Object.fromEntries(changed), ...more } }
}

function expectInert({ body, headers }: Answer, ...words: readonly string[]): void {
  for (const raw of [canary, quotes.slice(0, 12)]) expect(body).not.toContain(raw)
  const shown = `&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;/onmouseover`
  for (const word of words) expect(body).toContain(`${word} ${shown}`)
  expect(headers['content-security-policy']).toMatch(/script-src 'self';/)
}

test('markup in names stays plain text in the question, the answer, the list, a sharing and its stop', async () => {
  const asked = await askNewcomer(stage)
  expectInert(asked.page, 'label', 'plain_description', 'example', 'name')
  const plain = await asked.browser.get(`${asked.page.url}?forme=claire`)
  expectInert(plain, 'in_sentence', 'name')
  const answered = await press(asked, 'autorisation', ['cat_personnes-a-charge'])
  expectInert(answered, 'label', 'name')
  const { browser, consentId, sub } = await share(stage, asked)
  const token = await holderToken(stage, 'decide')
  await decide(stage, token, evaluation(sub))
  await decide(stage, token, evaluation(sub, { agreement: `agr_x${canary}` }))
  expectInert(await browser.get('/mes-partages'), 'label', 'name')
  expectInert(await browser.get(`/mes-partages/${consentId}`), 'label', 'name')
  expectInert(
    await browser.get(`/mes-partages/${consentId}/arret`),
    'refusal_consequence',
    'alternative_path',
  )
  expectInert(await stop(browser, consentId), 'label')
  const [receipt = ''] = await receiptsOn(browser, consentId)
  const words = ['label', 'name', 'plain_statement', 'period', 'trigger']
  expectInert(await browser.get(receipt), ...words)
})

test('markup in names stays plain text in a refusal', async () => {
  const asked = await askNewcomer(stage)
  expectInert(await press(asked, 'refus'), 'name')
  expectInert(await asked.browser.get('/mes-partages'), 'name', 'label')
})
