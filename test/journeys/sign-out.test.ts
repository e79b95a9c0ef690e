import { expect, test } from 'vitest'
import { words as applicationWords } from '../../demo/applications/words.ts'
import {
  askToSignIn,
  isSignedInAt,
  leaveService,
  openAccess,
  openSpace,
  press,
  pressNamed,
  reads,
  say,
  sees,
  signedInAt,
  signedOutAt,
} from '../support/journey-deeds.ts'
import { startInPieces } from '../support/journey-pieces.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'
import { shapeOf } from '../support/journey-watch.ts'

const stage = openStage(startInPieces)
const agency = 'Agence du revenu (démo)'
const student = 'Aide aux études (démo)'

test('signing out of all services ends the session here and at every service', async () => {
  const visitor = await inBothServices()
  const { issuer, studentAid, revenueAgency } = stage.demo
  const session = (await visitor.context.cookies(issuer)).filter(({ name }) =>
    name.startsWith('sid'),
  )
  expect(session).not.toEqual([])

  const other = await anotherTab(visitor)
  await leaveService(visitor, studentAid)
  await reads(visitor, 'provider.sign-out.explain')
  await press(visitor, 'provider.sign-out.everywhere')
  await visitor.page.waitForURL(`${studentAid}/?signed-out`)
  await visitor.page.getByRole('status').getByText(applicationWords.fr.signedOut).waitFor()
  // Her other tab leaves the screen too, though this one went on to the page of a service.
  await sees(other, 'base.begin.title')
  // Told by back-channel: the browser took no part in it.
  await signedOutAt(visitor, revenueAgency)

  await visitor.context.addCookies(session)
  await openSpace(visitor, issuer)
  await sees(visitor, 'signin.sign-in.title')
})

test('signing out of one service keeps the other one and the session here', async () => {
  const visitor = await inBothServices()
  const { issuer, studentAid, revenueAgency } = stage.demo
  const other = await anotherTab(visitor)
  await other.page.evaluate('document.title = "as it was"')
  await leaveService(visitor, studentAid)
  await press(visitor, 'provider.sign-out.only', { service: student })
  await visitor.page.waitForURL(`${studentAid}/?signed-out`)
  // Nothing ended here: what she typed in another tab stays.
  expect(await other.page.title()).toBe('as it was')
  await visitor.page.getByRole('status').getByText(applicationWords.fr.signedOut).waitFor()
  await openSpace(visitor, issuer)
  await sees(visitor, 'my-access.overview.title')
  expect(await isSignedInAt(visitor, studentAid)).toBe(false)
  expect(await isSignedInAt(visitor, revenueAgency)).toBe(true)
})

test('a person who decides to stay signed in finds « Mon accès » as it was', async () => {
  const visitor = await inBothServices()
  await visitor.page.goto(`${stage.demo.issuer}/session/end`)
  await sees(visitor, 'provider.sign-out.title')
  await press(visitor, 'provider.sign-out.stay')
  await sees(visitor, 'my-access.overview.title')
})

test('a sign-out does not wait for a service that is down: the service is told when it is back', async () => {
  const visitor = await inBothServices()
  const { studentAid, stopRevenueAgency, startRevenueAgency } = stage.demo
  await stopRevenueAgency()
  await leaveService(visitor, studentAid)
  await press(visitor, 'provider.sign-out.everywhere')
  await visitor.page.waitForURL(`${studentAid}/?signed-out`)
  expect(await isSignedInAt(visitor, studentAid)).toBe(false)
  await visitor.sendNotices()
  await expect.poll(() => noticesThatFailed()).toBe(1)
  expect(await latestAt('agence-revenu')).toEqual({ reason: null, settled_at: null })

  await startRevenueAgency()
  // The queue would wait some seconds more; the notice is the same one.
  await stage.sql(
    'select graphile_worker.reschedule_jobs(array_agg(id), run_at => now()) from graphile_worker.jobs',
  )
  await expect.poll(() => waitingNotices()).toBe(0)
  const confirmed = { reason: 'confirmed', settled_at: expect.any(Date) }
  expect(await latestAt('agence-revenu')).toEqual(confirmed)
})

/** What she can read of the latest session that ended at a service. */
async function latestAt(service: string): Promise<unknown> {
  const [latest] = await stage.sql(
    `select reason, settled_at from activity where kind = 'session.told' and service_id = '${service}' order by at desc limit 1`,
  )
  return latest
}

test('without a session the sign-out shows our own page, without a script', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  await page.goto(`${stage.demo.issuer}/session/end`)
  await sees(visitor, 'provider.sign-out.title')
  expect(await page.locator('script:not([src]), [onload], [onsubmit]').count()).toBe(0)
  await press(visitor, 'provider.sign-out.go-on')
  await sees(visitor, 'provider.signed-out.title')
  expect(await page.locator('script:not([src]), [onload], [onsubmit]').count()).toBe(0)
})

test('« Mon accès » can sign out too, and confirms it', async () => {
  const visitor = await inBothServices()
  const { issuer, revenueAgency } = stage.demo
  const other = await anotherTab(visitor)
  await openSpace(visitor, issuer)
  await visitor.page.getByRole('banner').getByRole('link', { name: 'Me déconnecter' }).click()
  await sees(visitor, 'provider.sign-out.title')
  await press(visitor, 'provider.sign-out.everywhere')
  await sees(visitor, 'provider.signed-out.title')
  await sees(other, 'base.begin.title')
  await openSpace(visitor, issuer)
  await sees(visitor, 'signin.sign-in.title')
  await signedOutAt(visitor, revenueAgency)
})

/** A second tab of her browser, in which she reads what she did. */
async function anotherTab(visitor: Visitor): Promise<Visitor> {
  const page = await visitor.context.newPage()
  await page.goto(`${stage.demo.issuer}/activite`)
  await page.waitForLoadState('load')
  return { ...visitor, page }
}

test('a sign-out from the English pages stays in English', async () => {
  const visitor = await stage.visitor({ language: 'en' })
  const { issuer } = stage.demo
  await visitor.page.goto(`${issuer}/en/`)
  await press(visitor, 'base.attestation.attest')
  await sees(visitor, 'site.home.title')
  await openAccess(visitor, issuer)
  await visitor.page
    .getByRole('banner')
    .getByRole('link', { name: say(visitor, 'base.layout.sign-out') })
    .click()
  await sees(visitor, 'provider.sign-out.title')
  await press(visitor, 'provider.sign-out.everywhere')
  await sees(visitor, 'provider.signed-out.title')
  expect((await shapeOf(visitor.page)).language).toBe('en')
})

async function inBothServices(): Promise<Visitor> {
  const visitor = await stage.visitor()
  const { studentAid, revenueAgency } = stage.demo
  await visitor.moveIn()
  await askToSignIn(visitor, studentAid)
  await signedInAt(visitor, studentAid)
  await pressNamed(visitor, agency)
  await visitor.page.waitForURL(`${revenueAgency}/`)
  await pressNamed(visitor, applicationWords.fr.signIn)
  await signedInAt(visitor, revenueAgency)
  return visitor
}

async function noticesThatFailed(): Promise<number> {
  const rows = await stage.sql(
    `select 1 from graphile_worker.jobs
     where task_identifier = 'signals.back-channel-logout' and attempts > 0 and last_error is not null`,
  )
  return rows.length
}

async function waitingNotices(): Promise<number> {
  const rows = await stage.sql(
    `select 1 from graphile_worker.jobs where task_identifier = 'signals.back-channel-logout'`,
  )
  return rows.length
}

test('a sign-out form posted from another site is answered for the browser’s own session', async () => {
  const visitor = await inBothServices()
  // A page of no site: the browser takes it for another one, and sends none of our cookies with its POST.
  const form = `<form method="post" action="${stage.demo.issuer}/session/end"><button>ailleurs</button></form>`
  await visitor.page.goto(`data:text/html,${encodeURIComponent(form)}`)
  await visitor.page.getByRole('button', { name: 'ailleurs' }).click()
  await sees(visitor, 'provider.sign-out.title')
})
