import { postAndFollow } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { lastDayBoxes } from '../../support/signing.ts'

// What a person presses on the pages of a sharing that she allowed.

export function pathOf(consentId: string): string {
  return `/mes-partages/${consentId}`
}

/** The token of her session's forms, from the list. */
export async function csrfOf(browser: Browser): Promise<string> {
  const { body } = await browser.get('/mes-partages')
  return /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

/** Posts to a place below a sharing. @returns the page after it */
export async function press(
  browser: Browser,
  consentId: string,
  deed: 'pause' | 'reprise' | 'confirmation',
): Promise<Answer> {
  const csrf = await csrfOf(browser)
  return postAndFollow(browser, `${pathOf(consentId)}/${deed}`, { csrf })
}

export type Choosing = {
  /** `2027-08-31`: typed in three boxes; where it is not given, they stay empty. */
  readonly fin?: string
  readonly keep?: readonly string[]
  /** How often at most; as it stands where it is not given. */
  readonly fois?: string
}

/** Fills in the choice. @returns the page on which it is confirmed, or the choice with its fault */
export async function choose(
  browser: Browser,
  consentId: string,
  { fin = '', keep = [], fois }: Choosing,
): Promise<Answer> {
  const page = await browser.get(`${pathOf(consentId)}/reduction`)
  const csrf = formOf(page).fields['csrf'] ?? ''
  const times = fois ?? /name="fois" value="([^"]+)"/.exec(page.body)?.[1]
  const body = new URLSearchParams({ csrf, ...lastDayBoxes(fin) })
  if (times !== undefined) body.set('fois', times)
  for (const category of keep) body.append('garder', category)
  const sent = await browser.post(`${pathOf(consentId)}/reduction`, body.toString())
  return sent.location === undefined ? sent : browser.follow(sent.location)
}

/** Confirms what the page shows. @returns the page after it */
export async function confirm(browser: Browser, page: Answer): Promise<Answer> {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, fields)
}

/** The sharing whose page this is. */
export function consentOf({ url }: Answer): string {
  return /con_\w{26}/.exec(url)?.[0] ?? ''
}
