import type { Answer, Browser } from './browser.ts'
import { formOf, formsOf } from './browser.ts'
import { callbackOf, issuer, postAndFollow } from './broker.ts'
import type { Authenticator } from './authenticator.ts'
import { newPerson } from './person.ts'
import type { Errand, Params } from './service.ts'
import type { Json, Stage } from './sharing.ts'
import { api, detail, pastReminder } from './sharing.ts'

// Several items that Student Aid asks for at once, and the pages on which they are answered.

export const aid: Json = {}
export const loan: Json = {
  agreement: 'agr_2026-009',
  purpose: 'pur_remboursement-pret',
  datatypes: ['cat_revenu-net'],
}

export function askingAll(...changes: readonly Json[]): Params {
  return { resource: api, authorization_details: JSON.stringify(changes.map(detail)) }
}

export type AskedAll = { readonly browser: Browser; readonly errand: Errand; readonly page: Answer }

export async function askAll(
  stage: Stage,
  browser: Browser,
  changes: readonly Json[] = [aid, loan],
): Promise<AskedAll> {
  const errand = await stage.aid.begin(askingAll(...changes))
  return { browser, errand, page: await pastReminder(browser, await browser.follow(errand.url)) }
}

/** A new person whom Student Aid asks for several sharings. Her access was made before (`newPerson`). */
export async function askNewcomerAll(
  stage: Stage,
  changes: readonly Json[] = [aid, loan],
  params: Params = askingAll(...changes),
): Promise<AskedAll & { readonly authenticator: Authenticator }> {
  const { browser, authenticator } = await newPerson(stage)
  const errand = await stage.aid.begin(params)
  return { browser, authenticator, errand, page: await browser.follow(errand.url) }
}

export type Deed = 'autorisation' | 'refus' | 'report'
export type More = Readonly<Record<string, string | readonly string[]>>

/** Presses a button of a question's page. @returns the page after it */
export async function decideOn(
  browser: Browser,
  page: Answer,
  deed: Deed,
  more: More = {},
): Promise<Answer> {
  const body = new URLSearchParams({ ...formOf(page).fields })
  for (const [name, values] of Object.entries(more)) {
    body.delete(name)
    for (const value of [values].flat()) body.append(name, value)
  }
  return followed(browser, await browser.post(`${page.url}/${deed}`, body.toString()))
}

export async function followed(browser: Browser, sent: Answer): Promise<Answer> {
  return sent.location === undefined || new URL(sent.location).origin !== issuer
    ? sent
    : browser.follow(sent.location)
}

/** Answers the questions in turn. @returns the page that shows all the answers */
export async function decideAll(
  { browser, page }: Pick<AskedAll, 'browser' | 'page'>,
  deeds: readonly Deed[],
): Promise<Answer> {
  let next = page
  for (const deed of deeds) next = await decideOn(browser, next, deed)
  return next
}

/** Sends all the answers. @returns the page after it */
export async function sendAll(browser: Browser, check: Answer): Promise<Answer> {
  const { action, fields } = formOf(check)
  return followed(browser, await browser.post(action, fields))
}

/** « Revenir à … ». @returns what the service is told */
export async function goOn(browser: Browser, answered: Answer): Promise<URL> {
  const form = formsOf(answered).find(({ action }) => action.endsWith('/suite'))
  if (form === undefined) throw new Error(`no way on: ${answered.status} ${answered.url}`)
  return callbackOf(await postAndFollow(browser, form.action, form.fields))
}

/** Answers all, sends it, goes on. */
export async function answerAll(asked: AskedAll, deeds: readonly Deed[]): Promise<URL> {
  const answered = await sendAll(asked.browser, await decideAll(asked, deeds))
  return goOn(asked.browser, answered)
}
