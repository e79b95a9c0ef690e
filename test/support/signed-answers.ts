import { expect } from 'vitest'
import type { Payload, Vault } from '../../src/ledger/chain/index.ts'
import { readTimeline } from '../../src/ledger/chain/index.ts'
import type { Authenticator } from './authenticator.ts'
import type { Answer, Browser } from './browser.ts'
import { formOf } from './browser.ts'
import { schemaProblems } from './ledger-schema.ts'
import { receiptsOn } from './receipts.ts'
import type { Stage } from './sharing.ts'
import { signedFields } from './signing.ts'

// Answers with and without a key's signature, and what is left of them: events and receipts.

type Fields = Readonly<Record<string, string | readonly string[]>>
export type Deed = 'autorisation' | 'refus'

/** Sends the form of a question. @param key signs it; undefined: it is sent unsigned */
export function answerBy(
  { browser, page }: { readonly browser: Browser; readonly page: Answer },
  deed: Deed,
  key?: Authenticator,
): Promise<Answer> {
  const choice = deed === 'refus' ? 'refused' : 'granted'
  const fields: Fields =
    key === undefined ? formOf(page).fields : signedFields(page, key, { choice })
  return sendForm(browser, `${new URL(page.url).pathname}/${deed}`, fields)
}

export function sendForm(browser: Browser, path: string, fields: Fields): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, one)
  return browser.post(path, body.toString())
}

/** A person's events, each as its schema wants it. */
export async function chainOf(
  { db }: Pick<Stage, 'db'>,
  vault: Vault,
  personId: string,
): Promise<Payload[]> {
  const events = await readTimeline(db, vault, personId, { after: 0, limit: 100 })
  const payloads = events.flatMap(({ payload }): Payload[] => (payload ? [payload] : []))
  expect(payloads.flatMap(schemaProblems)).toEqual([])
  return payloads
}

/** A member of an event that is a text. */
export function textIn(event: Payload | undefined, name: string): string {
  const value = event?.[name]
  return typeof value === 'string' ? value : ''
}

export type ReceiptHeld = { readonly path: string; readonly page: string; readonly jwt: string }

/** The newest receipt of the sharing that her last event is about. */
export async function lastReceipt(
  stage: Pick<Stage, 'db'>,
  vault: Vault,
  { browser, personId }: { readonly browser: Browser; readonly personId: string },
): Promise<ReceiptHeld> {
  const last = (await chainOf(stage, vault, personId)).at(-1)
  const [path = ''] = await receiptsOn(browser, textIn(last, 'consent_id'))
  const jwt = (await browser.get(`${path}/jwt`)).body
  return { path, page: (await browser.get(path)).body, jwt }
}
