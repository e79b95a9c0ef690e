import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../src/base/values/ids.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { endEveryWait } from '../support/ended-waits.ts'
import { formOf, formsOf, makeBrowser } from '../support/browser.ts'
import type { Broker, Person } from '../support/broker.ts'
import { issuer, signIn, signUp, startBroker } from '../support/broker.ts'
import { quickCodes } from '../support/codes.ts'
import { personOfKey } from '../support/many-sessions.ts'
import type { Service } from '../support/service.ts'
import { codeAt } from '../support/totp.ts'
import { counted } from '../support/tries.ts'
import type { Typist } from '../support/ways.ts'
import { addressPage, recoverAt, showCodeAt, typeIn, typeUp } from '../support/ways.ts'

// An attacker writes to the database, and has an access of his own and no key of ours. He tries to sign in as her.

type Known = { readonly personId: string }

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker(undefined, [], undefined, { LOG_LEVEL: 'info' })
  library = broker.services.library
})

afterAll(() => broker.stop())

describe('a passkey', () => {
  let her: Person & Known
  let his: Person & Known

  beforeAll(async () => {
    her = await known(await signUp(broker, library, { workingCodes: 1 }))
    his = await known(await signUp(broker, library, { workingCodes: 1 }))
  })

  test('signs in its own person', async () => {
    expect(await tryKey(his)).toBe('in')
    expect(await tellings(his.personId)).toEqual([])
  })

  test.each([
    ['moved to her', 'update passkeys set person_id = :her where passkey_id = :hisKey'],
    [
      'moved to her with her seal',
      `update passkeys set person_id = :her, seal = (select seal from passkeys where passkey_id = :herKey)
       where passkey_id = :hisKey`,
    ],
    [
      'moved to her without a seal',
      'update passkeys set person_id = :her, seal = null where passkey_id = :hisKey',
    ],
    [
      'moved to her, with her as the person of his handle',
      `with freed as (update webauthn_users set user_handle = sha256('x') where person_id = :his returning 1)
       update passkeys set person_id = :her where passkey_id = :hisKey and exists (select from freed)`,
    ],
  ])('%s opens nothing', async (_how, sql) => {
    await undone(['webauthn_users', 'passkeys'], async () => {
      await change(sql, her, his)
      // He says that the handle is hers: he can read it.
      expect(await tryKey(his, await handleOf(her))).toBe('refused')
    })
  })

  test('of hers, with his public part in it, opens nothing', async () => {
    await undone(['passkeys'], async () => {
      const [kept] = await broker.db('passkeys').where({ personId: his.personId })
      await broker.db('passkeys').where({ personId: his.personId }).delete()
      const { credentialId, publicKey } = kept
      await broker
        .db('passkeys')
        .where({ personId: her.personId })
        .update({ credentialId, publicKey })
      expect(await tryKey(his, await handleOf(her))).toBe('refused')
    })
    expect(await tellings(her.personId)).toContain('passkey')
  })

  test('is refused in the words of an unknown one', async () => {
    const unknown = {
      ...his,
      authenticator: (await known(await signUp(broker, library))).authenticator,
    }
    await undone(['passkeys'], async () => {
      await broker
        .db('passkeys')
        .where({ credentialId: unknown.authenticator.credentialId })
        .delete()
      const words = bodyOf(await answerOf(unknown))
      await change('update passkeys set person_id = :her where passkey_id = :hisKey', her, his)
      expect(bodyOf(await answerOf(his, await handleOf(her)))).toBe(words)
    })
  })

  test('that was suspended stays so', async () => {
    await undone(['passkeys', 'ways_in'], async () => {
      const { authenticator } = his
      const [working] = await broker.db('passkeys').where({ personId: his.personId })
      const copy = { ...his, authenticator: authenticator.copy() }
      expect(await tryKey(his)).toBe('in')
      // A counter that did not grow: two devices have this key.
      await broker.db('passkeys').where({ personId: his.personId }).update({ signCount: 1000 })
      expect(await tryKey(copy)).toBe('refused')
      await broker
        .db('passkeys')
        .where({ personId: his.personId })
        .update({ suspendedAt: null, signCount: 0 })
      expect(await tryKey(his)).toBe('refused')
      // As it was, with its own seal.
      await broker.db('passkeys').where({ personId: his.personId }).update(working)
      expect(await tryKey(his)).toBe('refused')
    })
  })

  test('that she removed opens nothing, though its row and its seal are there again', async () => {
    const second = makeAuthenticator({ origin: issuer })
    const page = await addKey(her.browser, second)
    const removed = { ...her, authenticator: second }
    expect(await tryKey(removed)).toBe('in')
    const whose = { credentialId: second.credentialId }
    const [row] = await broker.db('passkeys').where(whose)
    const removal = formsOf(page).find(({ action }) => action.endsWith('/retrait'))
    await her.browser.post(removal?.action ?? '', removal?.fields ?? {})
    await endEveryWait(broker)
    expect(await broker.db('passkeys').where(whose)).toEqual([])
    await broker.db('passkeys').insert(row)

    expect(await tryKey(removed)).toBe('refused')
    expect(await tryKey(her)).toBe('in')
    expect((await her.browser.get('/acces/entrer')).body).toContain('Ne peut pas servir')
    await broker.db('passkeys').where(whose).delete()
  })

  test('is shown to her as useless, and she can remove it; she is told once', async () => {
    await undone(['passkeys'], async () => {
      await change('update passkeys set person_id = :her where passkey_id = :hisKey', her, his)
      await tryKey(his, await handleOf(her))
      await tryKey(his, await handleOf(her))
      const { browser } = await signIn(broker, library, her.authenticator)
      const page = await browser.get('/acces/entrer')
      expect(page.body).toContain('Ne peut pas servir')
      expect((await tellings(her.personId)).filter((what) => what === 'passkey')).toHaveLength(1)
      expect((await browser.get('/activite')).body).toContain('Mon activité')

      const keys = [...page.body.matchAll(/\/acces\/cles\/key_\w+/g)].map(([path]) => path)
      expect(new Set(keys).size).toBe(2)
      const own = await Promise.all(keys.map((path) => browser.get(path)))
      const strange = own.find(({ body }) => body.includes('Ne peut pas servir'))
      const removal = formsOf(strange ?? page).find(({ action }) => action.endsWith('/retrait'))
      const removed = await browser.post(removal?.action ?? '', removal?.fields ?? {})
      expect(removed.location).toContain('passkey-removed')
    })
    expect(broker.output()).toMatch(/"level":50[^\n]*"code":"RECORD_UNTRUSTED"[^\n]*passkey/)
  })
})

describe('a password with an application', () => {
  let her: Typist & Known
  let his: Typist & Known

  beforeAll(async () => {
    her = await typist()
    his = await typist()
  })

  test('signs in its own person', async () => {
    expect(await tryTyping(his, codeAt(his.seed))).toBe('in')
  })

  test('of hers with the proof of his opens nothing, and is not shown as hers', async () => {
    await undone(['passwords', 'totp_factors'], async () => {
      const [kept] = await broker.db('passwords').where({ personId: his.personId })
      await broker.db('passwords').where({ personId: his.personId }).delete()
      const { proof, addressMark } = kept
      await broker.db('passwords').where({ personId: her.personId }).update({ proof, addressMark })
      expect(await tryTyping({ ...his, seed: her.seed }, codeAt(her.seed, 1))).toBe('refused')
      expect(await tellings(her.personId)).toContain('password')
      expect((await her.browser.get('/acces/entrer')).body).toContain('Ne peut pas servir')
    })
  })

  test('set aside for her by hand opens nothing', async () => {
    await undone(['factors_set_aside', 'passwords', 'totp_factors'], async () => {
      await broker.db.raw(
        `with gone as (delete from passwords where person_id = ? returning *)
         insert into factors_set_aside (factor_id, person_id, kind, content, stands_until, seal)
         select factor_id, ?, 'password', to_jsonb(gone) || jsonb_build_object('person_id', ?::text), now() + interval '1 day', seal from gone`,
        [his.personId, her.personId, her.personId],
      )
      expect(await tryTyping({ ...his, seed: her.seed }, codeAt(her.seed, 1))).toBe('refused')
    })
  })

  test('of hers with the seed of his takes no code of his', async () => {
    await undone(['totp_factors'], async () => {
      const [kept] = await broker.db('totpFactors').where({ personId: his.personId })
      const { personId: _, ...row } = kept
      await broker.db('totpFactors').where({ personId: his.personId }).delete()
      await broker.db('totpFactors').where({ personId: her.personId }).update(row)
      expect(await tryTyping(her, codeAt(his.seed, 1))).toBe('refused')
      expect(await tellings(her.personId)).toContain('totp')
    })
  })

  test('takes no code twice, though its last step was put back', async () => {
    await undone(['totp_factors'], async () => {
      const [before] = await broker.db('totpFactors').where({ personId: his.personId })
      await broker.db('totpFactors').where({ personId: his.personId }).update({ lastStep: 0 })
      expect(Number(before.lastStep)).toBeGreaterThan(0)
      expect(await tryTyping(his, codeAt(his.seed))).toBe('refused')
    })
  })

  test('is whole again after all this', async () => {
    expect(await tryTyping(her, codeAt(her.seed, 1))).toBe('in')
  })
})

describe('a row that waits for a code or an answer', () => {
  test('a password whose code was not given is no password, though its row says so', async () => {
    const her = await typist()
    const browser = makeBrowser(broker)
    const { page } = await showCodeAt(broker, library, her.codes[0] ?? '')
    expect(page.status).toBe(200)
    const address = 'ailleurs@exemple.test'
    const { url } = await library.begin()
    const waiting = await addressPage(browser, url, { address, password: 'quatre huards dorment' })
    await broker.db('passwordProposals').update({ provedAt: new Date() })
    const visit = waiting.url.replace(/\/creation.*$/, '')

    const next = await browser.follow(`${visit}/creation/code`)

    expect(next.body).not.toContain('otpauth')
    expect(broker.output()).toMatch(/RECORD_UNTRUSTED[^\n]*password proposal/)
  })

  test('a challenge that was made for another visit or ceremony serves none', async () => {
    const her = await known(await signUp(broker, library))
    const browser = makeBrowser(broker)
    const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
    await broker.db('webauthnChallenges').update({ expiresAt: new Date(Date.now() + 60_000) })

    const answer = await browser.post(action, {
      ...fields,
      credential: her.authenticator.get(options),
    })

    expect(answer.status).toBe(409)
  })

  test('an address that was confirmed by hand gets no message, and she sees so', async () => {
    const her = await known(await signUp(broker, library))
    const form = formsOf(await her.browser.get('/acces/messages')).find(
      ({ fields }) => fields['channel'] === 'email',
    )
    await her.browser.post(form?.action ?? '', { ...form?.fields, address: 'lui@exemple.test' })
    await broker
      .db('contactPoint')
      .where({ personId: her.personId })
      .update({ confirmedAt: new Date() })

    const page = await her.browser.get('/acces/messages')

    expect(page.body).toContain('Ne peut pas servir')
    expect(page.body).not.toContain('lui@exemple.test')
  })
})

describe('a recovery', () => {
  test('is not begun by a code of his that was moved to her', async () => {
    const [her, his] = [
      await known(await signUp(broker, library, { workingCodes: 1 })),
      await known(await signUp(broker, library, { workingCodes: 1 })),
    ]
    expect((await showCodeAt(broker, library, his.codes[0] ?? '')).page.status).toBe(200)
    await undone(['recovery_codes'], async () => {
      await broker
        .db('recoveryCodes')
        .where({ personId: his.personId })
        .update({ personId: her.personId })
      expect((await showCodeAt(broker, library, his.codes[0] ?? '')).page.status).toBe(400)
      expect(await tellings(her.personId)).toContain('recovery-code')
    })
  })

  test('is not begun by a code that was invented', async () => {
    const her = await known(await signUp(broker, library))
    const code = 'A'.repeat(16)
    // He knows how a proof is made, and has no key.
    const typed = await quickCodes([randomBytes(32)]).prove(counted, code)
    await broker.db('recoveryCodes').insert({
      codeIndex: typed.codeIndex,
      personId: her.personId,
      proof: typed.proofs[0] ?? null,
      createdAt: new Date(),
      seal: randomBytes(20),
    })
    expect((await showCodeAt(broker, library, code)).page.status).toBe(400)
  })

  test('is held, though its hold was ended by hand', async () => {
    const own = await known(await signUp(broker, library, { workingCodes: 1 }))
    const { authenticator } = await recoverAt(broker, library, own)
    const { browser: thief } = await signIn(broker, library, authenticator)
    await broker.db.raw(
      `update recovery_holds set since = now() - interval '2 days', until = now() - interval '1 hour' where person_id = ?`,
      [own.personId],
    )
    const csrf = formsOf(await thief.get('/acces/messages'))[0]?.fields['csrf'] ?? ''

    expect((await thief.post('/acces/codes', { csrf })).status).toBe(409)
    expect((await thief.post('/acces/retablissement/moi', { csrf })).status).toBe(409)
  })

  test('does not count its own key as older, though the hold was told so', async () => {
    const own = await known(await signUp(broker, library, { workingCodes: 1 }))
    const { authenticator } = await recoverAt(broker, library, own)
    const { browser: thief } = await signIn(broker, library, authenticator)
    await broker
      .db('recoveryHolds')
      .where({ personId: own.personId })
      .update({ added: [randomUUID()] })
    const csrf = formsOf(await thief.get('/acces/messages'))[0]?.fields['csrf'] ?? ''

    expect((await thief.post('/acces/retablissement/moi', { csrf })).status).toBe(409)
  })
})

/** @returns the page of the new key */
async function addKey(browser: Browser, authenticator: Person['authenticator']): Promise<Answer> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  await browser.post(action, { ...fields, credential: authenticator.create(options) })
  const { passkeyId } = await broker
    .db('passkeys')
    .where({ credentialId: authenticator.credentialId })
    .first<{ passkeyId: string }>('passkeyId')
  return browser.get(`/acces/cles/${writeId('key', passkeyId)}`)
}

async function known(person: Person): Promise<Person & Known> {
  return { ...person, personId: await personOfKey(broker.db, person.authenticator) }
}

async function typist(): Promise<Typist & Known> {
  const own = await typeUp(broker, library)
  const [row] = await broker
    .db('passwords')
    .select('personId')
    .orderBy('createdAt', 'desc')
    .limit(1)
  return { ...own, personId: row.personId }
}

async function handleOf({ personId }: Known): Promise<string> {
  const [row] = await broker.db('webauthnUsers').where({ personId })
  return row.userHandle.toString('base64url')
}

async function change(sql: string, her: Known, his: Known): Promise<void> {
  const keyOf = async ({ personId }: Known) => {
    const [row] = await broker.db('passkeys').where({ personId })
    return row.passkeyId
  }
  const [herKey, hisKey] = [await keyOf(her), await keyOf(his)]
  await broker.db.raw(sql, { her: her.personId, his: his.personId, herKey, hisKey })
}

/** Puts the rows of these tables back as they were, whatever the test did. */
async function undone(tables: readonly string[], deed: () => Promise<void>): Promise<void> {
  for (const table of tables)
    await broker.db.raw('create table ?? as table ??', [`kept_${table}`, table])
  try {
    await deed()
  } finally {
    for (const table of tables.toReversed()) await broker.db.raw('delete from ??', [table])
    for (const table of tables) {
      await broker.db.raw('insert into ?? select * from ??', [table, `kept_${table}`])
      await broker.db.raw('drop table ??', [`kept_${table}`])
    }
  }
}

async function answerOf({ authenticator }: Person, userHandle?: string): Promise<Answer> {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  const credential = authenticator.get(options, userHandle === undefined ? {} : { userHandle })
  return browser.post(action, { ...fields, credential })
}

async function tryKey(person: Person, userHandle?: string): Promise<'in' | 'refused'> {
  const { status } = await answerOf(person, userHandle)
  return status === 303 ? 'in' : 'refused'
}

async function tryTyping(typed: Typist, code: string): Promise<'in' | 'refused'> {
  const browser: Browser = makeBrowser(broker)
  const { answer } = await typeIn(browser, (await library.begin()).url, typed, code)
  return answer.status === 400 ? 'refused' : 'in'
}

/** What a person was told of in « Mon activité »: the kinds of records of hers that were changed and not used. */
async function tellings(personId: string): Promise<(string | null)[]> {
  return broker.db('activity').where({ personId, kind: 'record.untrusted' }).pluck('reason')
}

function bodyOf({ body }: Answer): string {
  return body.replaceAll(/[\w-]{20,}/g, '…')
}
