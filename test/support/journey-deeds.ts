import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { words as applicationWords } from '../../demo/applications/words.ts'
import type { Values } from '../../src/base/web/words.ts'
import { makeWords } from '../../src/base/web/words.ts'
import type { Visitor } from './journey-stage.ts'
import { secret } from './secrets.ts'

// Actions of people on the pages, and the words they see, found by text and role as a screen reader finds them.

const words = makeWords()
const noticeLimitMs = 30_000
const arrivalMs = 30_000
const maxTabs = 60

export function say({ language }: Visitor, key: string, values: Values = {}): string {
  return words.t(language, key, values)
}

/** Waits for the page of this title: its one `<h1>`. */
export async function sees(visitor: Visitor, key: string, values: Values = {}): Promise<void> {
  await seesNamed(visitor, say(visitor, key, values))
}

/** Waits for the page whose title has these words, whatever stands in their places. */
export async function seesAbout(
  visitor: Visitor,
  key: string,
  places: readonly string[],
): Promise<void> {
  const values = Object.fromEntries(places.map((place) => [place, '…']))
  const parts = say(visitor, key, values).split('…')
  const titles = visitor.page.getByRole('heading', { level: 1 })
  await parts.reduce((found, hasText) => found.filter({ hasText }), titles).waitFor()
}

export async function seesNamed({ page }: Visitor, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

/** Follows the link, or presses the button, of this name in the page's main part. */
export async function press(visitor: Visitor, key: string, values: Values = {}): Promise<void> {
  await pressNamed(visitor, say(visitor, key, values))
}

export async function pressNamed({ page, byKeyboard }: Visitor, name: string): Promise<void> {
  const main = page.getByRole('main')
  const found = main
    .getByRole('link', { name, exact: true })
    .or(main.getByRole('button', { name, exact: true }))
  if (!byKeyboard) {
    // A font that arrives between the aim and the click moves what is to be pressed: a page is loaded when its fonts are.
    await page.waitForLoadState()
    return found.click()
  }
  await tabTo(page, found)
  await page.keyboard.press('Enter')
}

// The compiler knows no DOM here.
const isFocused = (element: unknown): boolean =>
  (globalThis as { document?: { activeElement: unknown } }).document?.activeElement === element
const outlineOf =
  "(({ outlineStyle, outlineWidth }) => outlineStyle === 'none' ? 0 : parseFloat(outlineWidth))(getComputedStyle(document.activeElement))"

/** Moves the focus there by the Tab key. @throws when it is not reached, or the focus is not visible on it */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let tabs = 0; tabs < maxTabs; tabs++) {
    await page.keyboard.press('Tab')
    if (!(await target.evaluate(isFocused))) continue
    expect(await page.evaluate<number>(outlineOf)).toBeGreaterThanOrEqual(2)
    return
  }
  throw new Error(`not reached by ${maxTabs} tabs: ${String(target)}`)
}

/** Waits for a sentence anywhere on the page. */
export async function reads(visitor: Visitor, key: string, values: Values = {}): Promise<void> {
  await visitor.page
    .getByText(say(visitor, key, values))
    .first()
    .waitFor()
}

export function home({ language }: Visitor, address: string): string {
  return `${address}${language === 'en' ? '/en/' : '/'}`
}

/** Opens a service's home page and asks to be signed in there. */
export async function askToSignIn(visitor: Visitor, service: string): Promise<void> {
  await visitor.page.goto(home(visitor, service))
  await pressNamed(visitor, applicationWords[visitor.language].signIn)
}

/**
 * From the sign-in page to a new access. @param by the words that lead there
 * @returns the ten codes, whose page is open now
 */
export async function createAccess(
  visitor: Visitor,
  by = 'signin.sign-in.create',
): Promise<string[]> {
  await press(visitor, by)
  await sees(visitor, 'signin.create-access.title')
  await press(visitor, 'signin.create-access.create')
  return readCodes(visitor)
}

export async function readCodes(visitor: Visitor): Promise<string[]> {
  await sees(visitor, 'signin.recovery-codes.title')
  const list = visitor.page.getByRole('list', { name: say(visitor, 'signin.recovery-codes.list') })
  return list.getByRole('listitem').allInnerTexts()
}

/** « Mon accès » of somebody who has just moved in. @returns the ten codes, of which so many open something */
export async function openAccess(
  visitor: Visitor,
  issuer: string,
  workingCodes = 0,
): Promise<readonly string[]> {
  const codes = await visitor.moveIn(workingCodes)
  await openSpace(visitor, issuer)
  await sees(visitor, 'my-access.overview.title')
  return codes
}

export async function openSpace(visitor: Visitor, issuer: string): Promise<void> {
  await goTo(visitor, `${issuer}${visitor.language === 'en' ? '/en' : ''}/acces`)
}

/** The page of one row of « Mon accès ». */
export async function openPlace(
  visitor: Visitor,
  issuer: string,
  place: 'enter' | 'open' | 'services' | 'leave' | 'told',
): Promise<void> {
  await openSpace(visitor, issuer)
  await press(visitor, `my-access.places.${place}`)
}

/** Goes to a page that needs a person, and on to the sign-in where nobody is signed in. */
export async function goTo({ page }: Pick<Visitor, 'page'>, url: string): Promise<void> {
  await page.goto(url)
  const begin = page.locator('main form[action$="/connexion"] button')
  if (await begin.isVisible()) await begin.click()
}

/** « Je n’ai plus mon appareil » from the sign-in page, and a code as it is typed. */
export async function enterCode(visitor: Visitor, code: string): Promise<void> {
  await visitor.page.getByLabel(say(visitor, 'signin.recover.code'), { exact: true }).fill(code)
  await press(visitor, 'signin.recover.continue')
}

export async function recover(visitor: Visitor, code: string): Promise<void> {
  await press(visitor, 'signin.sign-in.recover')
  await sees(visitor, 'signin.recover.title')
  await enterCode(visitor, code)
}

/** The choice after a code: a passkey, up to its page. */
export async function chooseNewKey(visitor: Visitor): Promise<void> {
  await sees(visitor, 'signin.ways-back.title')
  await press(visitor, 'signin.ways-back.passkey-go')
  await sees(visitor, 'signin.add-passkey.title')
}

/** Goes on from the page of her codes, and wants to be warned nowhere for now. */
export async function leaveCodes(visitor: Visitor): Promise<void> {
  await press(visitor, 'signin.recovery-codes.next')
  await sees(visitor, 'signin.reach.title')
  await press(visitor, 'signin.reach.later')
}

/** Chooses a passkey after a code, makes it and notes the new codes. @returns the codes */
export async function comeBackByKey(visitor: Visitor): Promise<string[]> {
  await chooseNewKey(visitor)
  await press(visitor, 'signin.add-passkey.create')
  const codes = await readCodes(visitor)
  await leaveCodes(visitor)
  return codes
}

export async function signInWithPasskey(visitor: Visitor): Promise<void> {
  await press(visitor, 'signin.sign-in.use')
}

/** Waits until the service shows that this person is signed in. @returns « Votre numéro chez nous » */
export async function signedInAt(visitor: Visitor, service: string): Promise<string> {
  const { signedIn, number } = applicationWords[visitor.language]
  await visitor.page.waitForURL(home(visitor, service))
  await visitor.page.getByRole('heading', { level: 1, name: signedIn, exact: true }).waitFor()
  const row = visitor.page.locator('dl > div').filter({ hasText: number })
  const sub = await row.getByRole('code').innerText()
  expect(sub).not.toBe('')
  return sub
}

/** Whether the service's home page, opened anew, shows somebody signed in. */
export async function isSignedInAt(visitor: Visitor, service: string): Promise<boolean> {
  const { signedIn, signIn } = applicationWords[visitor.language]
  const { page } = visitor
  await page.goto(home(visitor, service))
  const isIn = page.getByRole('heading', { level: 1, name: signedIn, exact: true })
  await isIn.or(page.getByRole('link', { name: signIn, exact: true })).waitFor()
  return isIn.isVisible()
}

/** Waits until the service, told by back-channel, shows nobody signed in any more. */
export async function signedOutAt(visitor: Visitor, service: string): Promise<void> {
  await visitor.sendNotices()
  await expect.poll(() => isSignedInAt(visitor, service), { timeout: noticeLimitMs }).toBe(false)
}

/** « Me déconnecter » of the service, up to our page that asks from where. */
export async function leaveService(visitor: Visitor, service: string): Promise<void> {
  await visitor.page.goto(home(visitor, service))
  await pressNamed(visitor, applicationWords[visitor.language].signOut)
  await sees(visitor, 'provider.sign-out.title')
}

/** On the page that waits for the code of an address: finds it in the demonstration's mailbox, and goes on. */
export async function proveAddress(
  visitor: Visitor,
  { port }: { readonly port: number },
  address: string,
): Promise<void> {
  await sees(visitor, 'notifications.address-code.title')
  const code = await codeInMailbox(port + 3, address)
  const field = visitor.page.getByLabel(say(visitor, 'notifications.confirm.code'), { exact: true })
  await field.fill(code)
  await press(visitor, 'notifications.address-code.continue')
}

async function codeInMailbox(port: number, address: string): Promise<string> {
  let code: string | undefined
  const find = async () => {
    const answer = await fetch(`http://localhost:${port}/messages.json`)
    const messages = (await answer.json()) as { to: string; text: string }[]
    const text = messages.find(({ to }) => to === address)?.text ?? ''
    code = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(text)?.[0]
    return code
  }
  await expect.poll(find, { timeout: arrivalMs }).toBeDefined()
  return secret('message code', code ?? '')
}
