import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OrderParts } from '../../../src/pages/my-access/index.ts'
import { sweepCounterCodes, unusedCodes } from '../../../src/signin/factors/index.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { makeSessions } from '../../../src/provider/index.ts'
import { evaluate } from '../../../src/consent/decisions/evaluate.ts'
import type { Evaluation } from '../../../src/consent/decisions/question.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { issuer, signIn } from '../../support/broker.ts'
import { codesOfWhich } from '../../support/codes.ts'
import { newKeyAt, showCodeAt } from '../../support/ways.ts'
import { json } from '../../support/service.ts'
import type { Load } from '../../support/sharing-load.ts'
import { eventsOf, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { untyped } from '../../support/database.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { differencesOf } from '../../support/fold.ts'
import { sealsOf } from '../../support/seals.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'
import { callTool } from '../../support/tool.ts'
import type { TwoSigners } from '../../support/two-signers.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { accountCommand } from '../../support/commands.ts'

let stage: Stage
let load: Load
beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Dates = { readonly closed_at: string; readonly erased_after: string }

// The register has no signers here: operators say their name.
const byAnna = ['--operator', 'Anna', '--reason', 'papiers vus', '--reason-en', 'papers seen']
const run = (...args: string[]) =>
  accountCommand(stage.db, args[0] === 'show' ? args : [...args, ...byAnna], new Date(), () =>
    partsNow(load.notary),
  )
const sessions = () => makeSessions({ db: stage.db, clock: () => new Date() }, load.vault.seals)

async function partsNow(notary: Load['notary']): Promise<OrderParts> {
  const { data } = await openKeys(stage.keysDir)
  return { notary, codeProofs: codesOfWhich(1, data), sessions: sessions() }
}

function personOf(sub: string): string {
  return load.pairwise.person(sub, 'org_agence-revenu') ?? ''
}

async function toldTo(sub: string): Promise<string[]> {
  const rows: { kind: string }[] = await stage
    .db('notification')
    .where({ personId: personOf(sub) })
    .orderBy('notificationId')
  return rows.map(({ kind }) => kind).filter((kind) => kind.startsWith('account'))
}

async function logoutNotices(): Promise<number> {
  const rows = await untyped(stage.db)('graphile_worker.jobs').where({
    taskIdentifier: 'signals.back-channel-logout',
  })
  return rows.length
}

async function answerFor(sub: string, port?: number): Promise<unknown> {
  const { decision, context } = await decide(
    stage,
    await holderToken(stage, 'decide'),
    evaluation(sub),
    port,
  )
  return decision ? 'permit' : context['reason_codes']
}

test('a suspended access accepts no session or key, its sharings go on, and once restored it needs a new sign-in', async () => {
  const shared = await shareAsNewcomer(stage)
  const { browser, authenticator, consentId, sub, tokens, accessToken } = shared
  const other = await signIn(stage, stage.services.library, authenticator)
  const notices = await logoutNotices()
  expect((await browser.get('/acces')).status).toBe(200)

  await run('suspend', consentId)

  expect(await logoutNotices()).toBe(notices + 2)

  expect((await browser.get('/acces')).status).toBe(403)
  const stranger = makeBrowser(stage)
  const form = formOf(await stranger.follow((await stage.services.library.begin()).url))
  const credential = authenticator.get(form.options)
  const refused = await stranger.post(form.action, { ...form.fields, credential })
  expect(refused.status).toBeGreaterThanOrEqual(400)
  expect(refused.body).not.toContain('suspendu')
  expect(await answerFor(sub)).toBe('permit')
  await run('restore', consentId)
  for (const each of [browser, other.browser]) expect((await each.get('/acces')).status).toBe(403)
  expect(json(await stage.aid.refresh(String(tokens['refresh_token'])))['error']).toBe(
    'invalid_grant',
  )
  expect(json(await stage.revenue.introspect(accessToken))).toEqual({ active: false })
  const again = await signIn(stage, stage.services.library, authenticator)
  expect((await again.browser.get('/acces')).status).toBe(200)
  expect(await toldTo(sub)).toEqual(['account.suspended', 'account.restored'])
  // Under each line stands what the event of her chain says, and under one that somebody invented, that none does.
  await stage.db.raw(
    `insert into activity (activity_id, person_id, kind, result, reason, request_id, at)
     select gen_random_uuid(), person_id, 'access.closed', 'done', 'standing:1', 'r', now() from activity
     where person_id = ? limit 1`,
    [personOf(sub)],
  )
  const { body } = await again.browser.get('/activite/impression?quoi=acces')
  for (const words of [
    'Depuis, personne ne peut se connecter avec votre accès.',
    'Depuis, votre accès est ouvert.',
    'Nous l’avons fait, par un ordre que cette liste montre aussi.',
    'Aucune entrée de votre chaîne ne le dit.',
  ])
    expect(body).toContain(words)
})

test('an access whose suspension somebody lifted by hand is sealed by an operator, and its sessions end', async () => {
  const { browser, authenticator, consentId, sub } = await shareAsNewcomer(stage)
  const personId = personOf(sub)
  await run('suspend', consentId)
  await stage.db('accounts').where({ personId }).update({ suspendedAt: null })
  expect(await answerFor(sub)).toEqual(['RECORD_UNTRUSTED'])
  await run('suspend', consentId)
  expect(await answerFor(sub)).toEqual(['RECORD_UNTRUSTED'])

  await run('restore', consentId)

  expect(await answerFor(sub)).toBe('permit')
  expect((await browser.get('/acces')).status).toBe(403)
  const again = await signIn(stage, stage.services.library, authenticator)
  expect((await again.browser.get('/acces')).status).toBe(200)
})

type Deed = 'suspend' | 'deceased' | 'close'

/** Her access as it stands, with its seal; puts it back by SQL alone. */
async function keptStanding(personId: string): Promise<() => Promise<void>> {
  const account = await stage.db('accounts').where({ personId }).first<object>()
  const person = await stage.db('persons').where({ personId }).first<object>('status')
  return async () => {
    await untyped(stage.db)('accounts').where({ personId }).update(account)
    await untyped(stage.db)('persons').where({ personId }).update(person)
  }
}

test.each<[Deed, string]>([
  ['suspend', 'suspended_at is not what was written'],
  ['deceased', 'status is not what was written'],
  ['close', 'closed_at is not what was written'],
])(
  'the rows of before « %s », put back with their seals, permit nothing on running and fresh processes, let nobody in, and are named',
  async (word, because) => {
    const { sub, consentId, authenticator, browser } = await shareAsNewcomer(stage)
    const personId = personOf(sub)
    for (const port of stage.ports) expect(await answerFor(sub, port)).toBe('permit')
    const putBack = await keptStanding(personId)
    await run(word, consentId, ...(word === 'close' ? ['--confirm'] : []))
    const ordered = (await eventsOf(load, personId, 'access.ordered')).at(-1)
    const told = (await eventsOf(load, personId, 'access.standing')).at(-1)
    expect(told?.['by']).toBe(ordered?.['event_id'])
    expect(schemaProblems(told)).toEqual([])
    expect(await differencesOf(load, personId)).toEqual([])

    await putBack()

    for (const port of stage.ports) expect(await answerFor(sub, port)).toEqual(['RECORD_UNTRUSTED'])
    // This process never decided about her.
    const caller = { orgId: 'org_agence-revenu', clientId: 'agence-revenu' }
    expect(await evaluate(load, caller, questionAbout(sub))).toMatchObject({
      because: 'RECORD_UNTRUSTED',
    })
    expect((await browser.get('/acces')).status).toBe(403)
    expect(await entersWith(authenticator)).toBe(false)
    const found = await differencesOf(load, personId)
    expect(found.map((one) => `${one.table}: ${one.because}`)).toContain(`accounts: ${because}`)

    // Somebody who has looked seals what stands, and her chain says that it stands.
    await run('restore', consentId)
    expect(await differencesOf(load, personId)).toEqual([])
    if (word !== 'close') expect(await answerFor(sub)).toBe('permit')
    expect(await entersWith(authenticator)).toBe(true)
  },
)

test('a deed on rows that were put back changes what her chain says, and makes none genuine', async () => {
  const { sub, consentId } = await shareAsNewcomer(stage)
  const personId = personOf(sub)
  const putBack = await keptStanding(personId)
  await run('suspend', consentId)
  const suspended = (await eventsOf(load, personId, 'access.standing')).at(-1)
  await putBack()
  await run('deceased', consentId)
  expect((await eventsOf(load, personId, 'access.standing')).at(-1)).toMatchObject({
    was: 'suspended',
    status: 'deceased',
    suspended_at: suspended?.['suspended_at'],
  })
  expect(await answerFor(sub)).toEqual(['RECORD_UNTRUSTED'])
  expect(await differencesOf(load, personId)).toEqual([])
})

test('a suspension of before is as little believed as an access of before: both ways an older row is older', async () => {
  const { sub, consentId } = await shareAsNewcomer(stage)
  const personId = personOf(sub)
  await run('suspend', consentId)
  const putBack = await keptStanding(personId)
  await run('restore', consentId)
  expect(await answerFor(sub)).toBe('permit')
  await putBack()
  expect(await answerFor(sub)).toEqual(['RECORD_UNTRUSTED'])
})

function questionAbout(sub: string): Evaluation {
  return {
    recipient: 'org_aide-etudes',
    dataset: 'dst_avis-cotisation@1',
    purpose: 'pur_calcul-aide@1',
    categories: ['cat_revenu-net'],
    sub,
    period: { from: '2025-01-01', to: '2025-12-31' },
    agreement: undefined,
    lawCase: undefined,
    requestId: crypto.randomUUID(),
    queryId: undefined,
  }
}

async function entersWith(authenticator: Authenticator): Promise<boolean> {
  const stranger = makeBrowser(stage)
  const form = formOf(await stranger.follow((await stage.services.library.begin()).url))
  const credential = authenticator.get(form.options)
  return (await stranger.post(form.action, { ...form.fields, credential })).status === 303
}

type Given = { readonly code: string; readonly valid_until: string }

async function codeAtCounter(reference: string): Promise<Given> {
  return JSON.parse((await run('counter-code', reference, '--json'))?.[0] ?? '') as Given // written by the command
}

/** A code is shown, and where it is right a passkey made with it. @returns the title of the page after each */
async function recoverBy(code: string): Promise<readonly string[]> {
  const { browser, page } = await showCodeAt(stage, stage.services.library, code)
  if (page.status !== 200) return [titleOf(page)]
  const made = await newKeyAt(browser, page, makeAuthenticator({ origin: issuer }))
  return [titleOf(page), titleOf(made)]
}

function titleOf({ body }: Answer): string {
  return /<h1>([^<]+)</.exec(body)?.[1] ?? ''
}

const refusedCode = ['Vous n’avez plus votre appareil']
const opened = ['C’est bien vous : choisissez comment revenir', 'Gardez vos codes de récupération']

test('only the newest counter code opens an access, once; it replaces the person’s codes, and she is told', async () => {
  const { consentId, sub } = await shareAsNewcomer(stage)
  const before = Date.now()
  const [first, second] = [await codeAtCounter(consentId), await codeAtCounter(consentId)]
  const minutes = (Date.parse(second.valid_until) - before) / 60_000
  expect(minutes).toBeGreaterThanOrEqual(15)
  expect(minutes).toBeLessThan(16)

  expect(await recoverBy(first.code)).toEqual(refusedCode)
  expect(await recoverBy(second.code)).toEqual(opened)
  expect(await recoverBy(second.code)).toEqual(refusedCode)
  const codes = await stage.db('recoveryCodes').where({ personId: personOf(sub) })
  // The ten of before wait.
  expect(codes).toHaveLength(20)
  expect(await unusedCodes(stage.db, await sealsOf(stage.keysDir), personOf(sub))).toBe(10)
  const told = await stage.db('notification').where({ personId: personOf(sub) })
  const kinds = told.map(({ kind }: { kind: string }) => kind)
  expect(kinds).toEqual(expect.arrayContaining(['access.counter-code', 'access.recovered']))
})

test('a counter code opens nothing after its time, nor after the person made new codes', async () => {
  const { consentId, sub, browser } = await shareAsNewcomer(stage)
  const late = await codeAtCounter(consentId)
  const mine = stage.db('recoveryCodes').where({ personId: personOf(sub) })
  await mine.clone().whereNotNull('expiresAt').update({ expiresAt: new Date() })
  await sealAsWritten(stage, 'recovery_codes')
  expect(await recoverBy(late.code)).toEqual(refusedCode)
  expect(await sweepCounterCodes(stage.db, new Date())).toBeGreaterThan(0)
  expect(await mine.clone()).toHaveLength(10)

  const { code } = await codeAtCounter(consentId)
  const form = formOf(await browser.get('/acces/codes'))
  expect((await browser.post(form.action, form.fields)).status).toBe(200)
  expect(await recoverBy(code)).toEqual(refusedCode)
})

test('no counter code is given for a suspended access', async () => {
  const { consentId } = await shareAsNewcomer(stage)
  await run('suspend', consentId)
  await expect(run('counter-code', consentId)).rejects.toThrow(OperatorError)
  await run('restore', consentId)
  expect(await run('counter-code', consentId)).toEqual([
    expect.stringMatching(/^code +([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/),
    expect.stringMatching(/^valid_until +20/),
  ])
})

test('for a deceased person no message is sent and nobody is signed in', async () => {
  const { browser, consentId, sub } = await shareAsNewcomer(stage)
  const shown = await run('deceased', consentId, '--json')
  expect(JSON.parse(shown?.[0] ?? '')).toMatchObject({ person: 'deceased', closed_at: null })
  expect(await answerFor(sub)).toEqual(['PERSON_DECEASED'])
  expect((await browser.get('/acces')).status).toBe(403)
  expect(await toldTo(sub)).toEqual([])
})

test('closing by the operator has the effects of closing by the person, who is told', async () => {
  const { browser, authenticator, consentId, sub } = await shareAsNewcomer(stage)
  const other = await signIn(stage, stage.services.library, authenticator)
  const notices = await logoutNotices()

  await expect(run('close', consentId)).rejects.toThrow('--confirm')
  expect([await answerFor(sub), (await browser.get('/acces')).status]).toEqual(['permit', 200])
  const shown = await run('close', consentId, '--confirm', '--json')

  const { closed_at: closedAt, erased_after: erasedAfter } = JSON.parse(shown?.[0] ?? '') as Dates
  expect(Date.parse(erasedAfter) - Date.parse(closedAt)).toBe(30 * 24 * 3600 * 1000)
  expect(await answerFor(sub)).toEqual(['PERSON_UNKNOWN'])
  for (const each of [browser, other.browser]) expect((await each.get('/acces')).status).toBe(403)
  expect(await logoutNotices()).toBe(notices + 2)
  expect(await toldTo(sub)).toEqual(['account.closed'])
  const [stop] = await eventsOf(load, personOf(sub), 'consent.revoked')
  expect(stop).toMatchObject({ actor: { type: 'broker' } })
  await expect(run('close', consentId, '--confirm')).rejects.toThrow('closed already')
  expect(await toldTo(sub)).toEqual(['account.closed'])
})

test('the command closes an access, and refuses without the keys', async () => {
  const { browser, consentId } = await shareAsNewcomer(stage)
  const close = (keysDir: string) =>
    callTool(['account', 'close', consentId, '--confirm', ...byAnna], {
      DATABASE_URL: stage.databaseUrl,
      KEYS_DIR: keysDir,
    })

  expect(await close('/nowhere')).toMatchObject({ code: 1, out: '' })
  expect((await browser.get('/acces')).status).toBe(200)
  expect((await close(stage.keysDir)).out).toMatch(/^closed_at +2/m)
  expect((await browser.get('/acces')).status).toBe(403)
})

test('an access is found by the number of a sending too, and the command shows nothing about its person', async () => {
  const { consentId, sub } = await shareAsNewcomer(stage)
  const { context } = await decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
  const bySending = await run('show', String(context['decision_id']))
  expect(bySending).toEqual(await run('show', consentId))
  expect(bySending?.join('\n')).toMatch(/^person +active$/m)
  expect(bySending?.join('\n')).not.toContain(sub)
})

test.each([
  [['show']],
  [['show', 'con_1', '--verbose']],
  [['suspend', 'con_1', '--confirm']],
  [['close', 'con_1', 'con_2', '--confirm']],
  [['erase', 'con_1']],
  [[]],
])('wrong usage %j is answered with the usage', async (args) => {
  expect(await run(...args)).toBeUndefined()
})

test.each(['con_01M89000000000000000000000', 'marie@exemple.test', "con_' or 1=1"])(
  'an unknown reference, %s, is answered with one sentence',
  async (reference) => {
    await expect(run('show', reference)).rejects.toThrow(OperatorError)
  },
)

type Run = (...args: string[]) => Promise<string[] | undefined>

/** The command as it is once the register has two signers. */
async function withTwoSigners<T>(deed: (two: TwoSigners, run: Run) => Promise<T>): Promise<T> {
  const two = await twoSigners()
  const current = { ...load.live.current(), signers: two.signers }
  const notary = { ...load.notary, live: { ...load.live, current: () => current } }
  const parts = () => partsNow(notary)
  try {
    return await deed(two, (...args) => accountCommand(stage.db, args, new Date(), parts))
  } finally {
    two.remove()
  }
}

const why = ['--reason', 'papiers vus au comptoir', '--reason-en', 'papers seen at the counter']

test('a counter code needs two signers: one operator with a shell gets none, and it is given once', async () => {
  const { consentId, sub, browser } = await shareAsNewcomer(stage)
  await withTwoSigners(async ({ keys: [one, other], file: fileOf, sign }, signedRun) => {
    const file = fileOf('order.json')
    const code = ['counter-code', consentId]
    const codes = () =>
      stage
        .db('recoveryCodes')
        .where({ personId: personOf(sub) })
        .whereNotNull('expiresAt')
    for (const alone of [[], byAnna, ['--key', one, ...why]])
      await expect(signedRun(...code, ...alone)).rejects.toThrow(OperatorError)
    await signedRun(...code, '--out', file, ...why)
    await sign(file, one)
    await expect(signedRun(...code, '--order', file)).rejects.toThrow('two signers')
    expect(await codes()).toEqual([])
    expect(await eventsOf(load, personOf(sub), 'access.ordered')).toEqual([])

    await sign(file, other)
    const races = await Promise.allSettled([
      signedRun(...code, '--order', file),
      signedRun(...code, '--order', file),
    ])
    expect(races.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await expect(signedRun(...code, '--order', file)).rejects.toThrow('carried out before')
    expect(await codes()).toHaveLength(1)
  })
  const [told, ...more] = await eventsOf(load, personOf(sub), 'access.ordered')
  expect(more).toEqual([])
  expect(told).toMatchObject({
    order: { deed: 'counter-code', about: consentId },
    signatures: [{ office: { fr: 'Bureau un' } }, { office: { fr: 'Bureau deux' } }],
    operator: null,
  })
  expect(schemaProblems(told)).toEqual([])
  const { body } = await browser.get('/activite/impression?quoi=acces')
  expect(body).toContain('Décidé et signé par\u00a0: Bureau un, Bureau deux.')
  expect(body).toContain('papiers vus au comptoir')
})

test('one signer suspends an access; the order is good for no other deed and no other person', async () => {
  const [mine, other] = [await shareAsNewcomer(stage), await shareAsNewcomer(stage)]
  await withTwoSigners(async ({ keys: [one], file: fileOf, sign }, signedRun) => {
    const file = fileOf('order.json')
    await signedRun('suspend', mine.consentId, '--out', file, ...why)
    await sign(file, one)
    for (const words of [
      ['suspend', other.consentId],
      ['deceased', mine.consentId],
      ['close', mine.consentId, '--confirm'],
    ])
      await expect(signedRun(...words, '--order', file)).rejects.toThrow('over something else')
    await signedRun('suspend', mine.consentId, '--order', file)
    await signedRun('restore', mine.consentId, '--key', one, ...why)
    await expect(signedRun('suspend', mine.consentId, '--order', file)).rejects.toThrow('before')
  })
  expect((await eventsOf(load, personOf(mine.sub), 'access.ordered')).length).toBe(2)
  expect((await eventsOf(load, personOf(other.sub), 'access.ordered')).length).toBe(0)
})

test('before there are two signers nothing is done without a name and a reason, and she reads that nothing proves the name', async () => {
  const { consentId, sub, browser } = await shareAsNewcomer(stage)
  const parts = () => partsNow(load.notary)
  const unnamed = (...args: string[]) => accountCommand(stage.db, args, new Date(), parts)
  await expect(unnamed('suspend', consentId)).rejects.toThrow('--operator NAME')
  await expect(unnamed('suspend', consentId, '--operator', 'Anna')).rejects.toThrow('--reason')
  expect(await unnamed('suspend', consentId, '--why', 'x')).toBeUndefined()
  await run('counter-code', consentId)
  const [told] = await eventsOf(load, personOf(sub), 'access.ordered')
  expect(told).toMatchObject({ operator: 'Anna', signatures: [] })
  expect(schemaProblems(told)).toEqual([])
  const { body } = await browser.get('/activite/impression?quoi=acces')
  expect(body).toContain('Décidé par Anna. Rien ne le prouve')
})
