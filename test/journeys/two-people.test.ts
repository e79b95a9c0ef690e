import { expect, test } from 'vitest'
import {
  askToSignIn,
  goTo,
  leaveCodes,
  openAccess,
  openPlace,
  press,
  reads,
  sees,
  signedInAt,
  signedOutAt,
  signInWithPasskey,
} from '../support/journey-deeds.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'

const stage = openStage()

test('when another person signs in, the session of the first ends and her services are told', async () => {
  const { issuer, studentAid, revenueAgency } = stage.demo
  const second = await personElsewhere()
  const shared = await stage.visitor()
  await openAccess(shared, issuer)
  await askToSignIn(shared, studentAid)
  await signedInAt(shared, studentAid)
  const first = await stage.accountIn(shared)

  expect(await sessionsOf(first)).toBe(1)

  // A visit of the first person, who is asked again; meanwhile the second has the device.
  await stage.letTimePass(shared)
  await shared.page.goto(`${issuer}/acces/cles/ajout`)
  await sees(shared, 'signin.step-up.title')
  await shared.device.clear()
  await shared.device.addCredential(second.credential)
  await signInWithPasskey(shared)
  await sees(shared, 'signin.add-passkey.title')

  expect(await stage.accountIn(shared)).toBe(second.account)
  expect(await sessionsOf(first)).toBe(0)
  expect(await mixedSessions()).toEqual([])
  await signedOutAt(shared, studentAid)

  // What the second person sees is hers alone.
  await openPlace(shared, issuer, 'services')
  await reads(shared, 'my-access.overview.services-none')
  await askToSignIn(shared, revenueAgency)
  // Two accesses were used in this browser: it asks whose enters.
  await reads(shared, 'signin.entering.why')
  await press(shared, 'signin.entering.yes')
  const number = await signedInAt(shared, revenueAgency)
  await askToSignIn(second.visitor, revenueAgency)
  expect(await signedInAt(second.visitor, revenueAgency)).toBe(number)
  expect(await mixedSessions()).toEqual([])
})

test('a new access made in another person’s visit is a separate access', async () => {
  const { issuer, studentAid } = stage.demo
  const shared = await stage.visitor()
  await openAccess(shared, issuer)
  await askToSignIn(shared, studentAid)
  const before = await signedInAt(shared, studentAid)
  const first = await stage.accountIn(shared)

  await stage.letTimePass(shared)
  await goTo(shared, `${issuer}/acces/codes`)
  await press(shared, 'signin.step-up.not-me')
  await press(shared, 'signin.create-access.create')
  await leaveCodes(shared)
  await sees(shared, 'my-access.new-codes.title')
  expect(await sessionsOf(first)).toBe(0)
  expect(await mixedSessions()).toEqual([])
  await signedOutAt(shared, studentAid)
  await askToSignIn(shared, studentAid)
  await press(shared, 'signin.entering.yes')
  expect(await signedInAt(shared, studentAid)).not.toBe(before)
})

async function personElsewhere() {
  const visitor: Visitor = await stage.visitor()
  await openAccess(visitor, stage.demo.issuer)
  const [credential] = await visitor.device.credentials()
  if (credential === undefined) throw new Error('no passkey was made')
  return { visitor, credential, account: await stage.accountIn(visitor) }
}

async function sessionsOf(account: unknown): Promise<number> {
  const rows = await stage.sql('select 1 from oidc_sessions where account_id = $1', [account])
  return rows.length
}

/** Sessions whose services were authorised by somebody else's connections. */
async function mixedSessions(): Promise<unknown[]> {
  return stage.sql(
    `select s.account_id, a.client_id from oidc_sessions s
     join oidc_session_authorizations a on a.session_uid = s.uid
     left join connections c on c.person_id = s.account_id and c.service_id = a.client_id
     where c.connection_id is null`,
  )
}
