import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { endWaits } from '../../../src/pages/my-access/index.ts'
import { waitingId } from '../../../src/pages/my-access/undo-waits.ts'
import { waitingWays } from '../../../src/people/accounts/index.ts'
import { putCounterCode } from '../../../src/signin/factors/index.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import {
  codesOf,
  issuer,
  postAndFollow,
  signIn,
  signUp,
  startBroker,
} from '../../support/broker.ts'
import { codesOfWhich } from '../../support/codes.ts'
import { giveEmail } from '../../support/emails.ts'
import { differencesOf } from '../../support/fold.ts'
import type { Service } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { codeAt } from '../../support/totp.ts'
import { recoverAt, showCodeAt, typeIn, typeUp } from '../../support/ways.ts'

// Whoever has one way in takes the others away, within seconds. Their owner stays: what he takes away waits, and she undoes it.

let broker: Broker
let library: Service
let vault: ReturnType<typeof makeVault>

beforeAll(async () => {
  letTimeMove()
  broker = await startBroker()
  library = broker.services.library
  vault = makeVault(await openKeys(broker.keysDir), signalMapping)
})

afterAll(() => broker.stop())

describe('a thief with one passkey of three, in two browsers', () => {
  test('takes everything away, and she is there an hour later: her third key decides', async () => {
    const own = await owner()
    const thief = await robbed(own)
    await pass(broker.db, { hours: 1 })

    const { browser } = await signIn(broker, library, own.second)
    const page = await browser.get('/acces/entrer')
    const undone = await undo(browser, page)

    expect(page.body).toContain('Cette session vous laisse voir, arrêter et annuler')
    expect(undone).toContain('waiting-disputed')
    // His sessions are over. Neither of the two ways adds, takes away or closes anything until a third one decides.
    for (const his of thief.browsers) expect((await his.get('/acces/entrer')).status).toBe(403)
    for (const key of [own.stolen, own.second, thief.key]) {
      const held = (await signIn(broker, library, key)).browser
      expect(await statusesOfDeeds(held)).toEqual([409, 409, 409, 409, 409])
    }
    expect(await addressesInUse(own.personId)).toBe(1)
    expect((await showCodeAt(broker, library, own.codes[0] ?? '')).page.status).toBe(200)

    const third = (await signIn(broker, library, own.third)).browser
    const decided = await undo(
      third,
      await third.get('/acces/entrer'),
      'Deux façons se contredisent',
    )
    expect(decided).toContain('waiting-decided')
    expect(await removeKeyOf(third, own.stolen)).toContain('removal-waits')
    // What was decided is not contradicted by the ways that it went against.
    for (const key of [own.stolen, thief.key]) await expectNoAnswer(key)
    for (const key of [own.second, own.third])
      expect(await statusOfAdding((await signIn(broker, library, key)).browser)).toBe(303)
    await pass(broker.db, { hours: 73 })

    for (const key of [own.stolen, thief.key]) expect((await tryKey(key)).status).not.toBe(303)
    for (const key of [own.second, own.third]) expect((await tryKey(key)).status).toBe(303)
    await endAll()
    expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
  })

  test('she is told at the address that he took away, and undoes it at hour 71', async () => {
    const own = await owner()
    await robbed(own)
    expect(await toldOf(own.personId, 'factor.waiting')).toBe(3)
    // Nothing is gone yet, and no message says so.
    expect(await toldOf(own.personId, 'factor.removed')).toBe(0)
    await pass(broker.db, { hours: 71 })

    const { browser } = await signIn(broker, library, own.third)
    expect(await undo(browser, await browser.get('/acces/entrer'))).toContain('waiting-disputed')
    await pass(broker.db, { hours: 2 })

    for (const key of [own.second, own.third]) expect((await tryKey(key)).status).toBe(303)
  })

  test('after 73 hours in which nobody came back his removals count, with or without the job', async () => {
    const own = await owner()
    const { key } = await robbed(own)
    await pass(broker.db, { hours: 73 })

    for (const one of [own.stolen, own.second, own.third])
      expect((await tryKey(one)).status).not.toBe(303)
    expect((await showCodeAt(broker, library, own.codes[0] ?? '')).page.status).toBe(400)
    expect((await tryKey(key)).status).toBe(303)
    await endAll()
    const { personId } = own
    expect(await broker.db('passkeys').where({ personId })).toHaveLength(1)
    expect(await broker.db('contactPoint').where({ personId })).toEqual([])
    expect(await broker.db('waysIn').where({ personId }).first('endsAt')).toEqual({ endsAt: null })
    expect(await differencesOf({ db: broker.db, vault }, personId)).toEqual([])
  })

  test('a key that he has just added and the stolen one take nothing away at once; two that stand do', async () => {
    const own = await owner()
    const thief = await robbed(own, { takes: false })
    const his = (await signIn(broker, library, thief.key)).browser
    await prove(his, own.stolen, await pathOfKey(his, own.second))
    expect(await removeKeyOf(his, own.second)).toContain('removal-waits')

    // Her third key alone takes nothing away at once. After her second one, which is older and proved just now, it does.
    const { browser } = await signIn(broker, library, own.third)
    await undo(browser, await browser.get('/acces/entrer'))
    expect(await removeKeyOf(browser, thief.key)).toContain('removal-waits')
    const retour = await pathOfKey(browser, own.stolen)
    expect((await browser.get(retour)).body).toContain('Le retrait attend 72\u00a0heures')
    await prove(browser, own.second, retour)
    expect((await browser.get(retour)).body).not.toContain('Le retrait attend 72\u00a0heures')
    expect(await removeKeyOf(browser, own.stolen)).toContain('passkey-removed')
    expect((await tryKey(own.stolen)).status).not.toBe(303)
    // What proved is no more fresh, or was not older.
    const other = (await signIn(broker, library, own.second)).browser
    await prove(other, own.third, await pathOfKey(other, thief.key))
    expect(await removeKeyOf(other, thief.key)).toContain('removal-waits')
  })

  test('a code from a counter decides at once', async () => {
    const own = await owner()
    const thief = await robbed(own)
    const browser = await byCounter(own.personId)

    expect(await undo(browser, await browser.get('/acces/entrer'))).toContain('waiting-kept')
    expect(await toldOf(own.personId, 'factor.kept')).toBe(1)
    expect(await removeKeyOf(browser, own.stolen)).toContain('passkey-removed')
    expect(await removeKeyOf(browser, thief.key)).toContain('passkey-removed')
    // What is gone at once is not told as what can be undone for three days.
    expect(await toldOf(own.personId, 'factor.removed')).toBe(2)
    expect((await tryKey(own.second)).status).toBe(303)
    for (const key of [own.stolen, thief.key]) expect((await tryKey(key)).status).not.toBe(303)
  })
})

describe('a third way decides', () => {
  test('together with one that is settled too: a key that the thief has just added is none', async () => {
    const own = await owner()
    const thief = await robbed(own, { takes: false })
    await removeKeyOf((await signIn(broker, library, thief.key)).browser, own.second)
    const hers = (await signIn(broker, library, own.second)).browser
    expect(await undo(hers, await hers.get('/acces/entrer'))).toContain('waiting-disputed')

    // The stolen one agrees with it, which is one settled way: hers may still contradict.
    const his = (await signIn(broker, library, own.stolen)).browser
    expect(await removeKeyOf(his, own.second)).toContain('removal-waits')
    const { browser } = await signIn(broker, library, own.second)
    const page = await browser.get('/acces/entrer')
    expect(await undo(browser, page, 'Retrait demandé')).toContain('waiting-disputed')

    const third = (await signIn(broker, library, own.third)).browser
    for (const key of [own.stolen, thief.key]) await removeKeyOf(third, key)
    expect(await statusOfAdding((await signIn(broker, library, own.second)).browser)).toBe(303)
    expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
  })

  test('and takes back what it decided, with what it went against in no session of its own', async () => {
    const own = await owner()
    await removeKeyOf((await signIn(broker, library, own.stolen)).browser, own.second)
    const hers = (await signIn(broker, library, own.second)).browser
    await undo(hers, await hers.get('/acces/entrer'), 'Retrait demandé')
    const third = (await signIn(broker, library, own.third)).browser
    await removeKeyOf(third, own.second)
    expect(await statusOfAdding((await signIn(broker, library, own.stolen)).browser)).toBe(303)
    await expectNoAnswer(own.second)

    expect(await undo(third, await third.get('/acces/entrer'), 'Écartée')).toContain('waiting-kept')
    expect(await statusOfAdding((await signIn(broker, library, own.second)).browser)).toBe(303)
  })

  test('where it comes from a counter it takes the last way of before away only once that contradicts', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    await pass(broker.db, { days: 4 })
    const key = own.authenticator
    const decides = await byCounter(own.personId)
    const page = await decides.get(await pathOfKey(decides, key))
    expect(page.body).toContain('la dernière façon d’avant le code du comptoir')
    expect(page.body).not.toContain('dès maintenant')
    expect(await removeKeyOf(decides, key)).toContain('removal-waits')

    const { browser } = await signIn(broker, library, key)
    const lines = await browser.get('/acces/entrer')
    expect(await undo(browser, lines, 'Retrait demandé')).toContain('waiting-disputed')
    expect(await statusOfAdding((await signIn(broker, library, key)).browser)).toBe(409)

    const again = await byCounter(own.personId)
    const path = await pathOfKey(again, key)
    expect((await again.get(path)).body).toContain('dès maintenant')
    expect(await removeKeyOf(again, key)).toContain('passkey-removed')
    expect((await tryKey(key)).status).not.toBe(303)
    expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
  })
})

describe('what undoing did is what the page says', () => {
  test('nobody is left to contradict: her way stands again, and no two contradict each other', async () => {
    const own = await owner()
    await removeKeyOf((await signIn(broker, library, own.stolen)).browser, own.second)
    const decides = await byCounter(own.personId)
    expect(await removeKeyOf(decides, own.stolen)).toContain('passkey-removed')

    const { browser } = await signIn(broker, library, own.second)
    expect(await undo(browser, await browser.get('/acces/entrer'), 'Retrait demandé')).toContain(
      'waiting-alone',
    )

    expect((await decides.get('/acces/entrer')).status).toBe(403)
    expect(await toldOf(own.personId, 'factor.kept')).toBe(1)
    const page = await (await signIn(broker, library, own.second)).browser.get('/acces')
    expect(page.body).not.toContain('se contredisent')
    expect(page.body).not.toContain('Cette session vous laisse voir')
  })

  test('what took another way than this session’s waits in its turn, and is not said to contradict', async () => {
    const own = await owner()
    await removeKeyOf((await signIn(broker, library, own.stolen)).browser, own.second)
    await removeKeyOf((await signIn(broker, library, own.third)).browser, own.stolen)

    const { browser } = await signIn(broker, library, own.second)
    const page = await browser.get('/acces/entrer')
    expect(await undo(browser, page, 'Retrait demandé', 1)).toContain('waiting-denied')

    const after = await browser.get('/acces/entrer')
    expect(after.body).toContain('répondu le')
    expect(after.body).not.toContain('se contredisent')
  })
})

describe('« Ce n’était pas moi »', () => {
  test('about a sign-in suspends the way that made it, which does not take that back by itself', async () => {
    const own = await owner()
    const his = (await signIn(broker, library, own.stolen)).browser
    const { browser } = await signIn(broker, library, own.second)
    const page = await browser.get('/acces')
    expect(await answerNotice(browser, page, 'Connexion depuis un nouvel appareil', 1)).toContain(
      'disowned',
    )
    expect(await toldOf(own.personId, 'factor.waiting')).toBe(1)

    expect((await his.get('/acces/entrer')).status).toBe(403)
    const again = (await signIn(broker, library, own.stolen)).browser
    expect(await statusesOfDeeds(again)).toEqual([409, 409, 409, 409, 409])
    await pass(broker.db, { hours: 73 })
    expect((await tryKey(own.stolen)).status).not.toBe(303)
    expect((await tryKey(own.second)).status).toBe(303)
    await endAll()
    expect((await signIn(broker, library, own.second)).browser).toBeDefined()
    expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
  })

  test.each(['denied', 'removed'])(
    'once both are %s his own key frees the stolen one no more than that one frees his own; her third decides',
    async (how) => {
      const own = await owner()
      const thief = await robbed(own, { takes: false })
      const { browser } = await signIn(broker, library, own.second)
      if (how === 'denied') await denyFirstSignIn(browser)
      else for (const key of [own.stolen, thief.key]) await removeKeyOf(browser, key)

      for (const key of [thief.key, own.stolen]) {
        const his = (await signIn(broker, library, key)).browser
        expect(await undo(his, await his.get('/acces/entrer'))).toContain('waiting-disputed')
        for (const one of [own.stolen, thief.key, own.second])
          expect(await statusOfAdding((await signIn(broker, library, one)).browser)).toBe(409)
      }

      const third = (await signIn(broker, library, own.third)).browser
      for (const key of [own.stolen, thief.key])
        expect(await removeKeyOf(third, key)).toContain('removal-waits')
      // The one that they contradicted stands again; neither of them contradicts her third one.
      expect((await third.get('/acces/entrer')).body).not.toContain('Deux façons se contredisent')
      for (const key of [own.stolen, thief.key]) await expectNoAnswer(key)
      await pass(broker.db, { hours: 73 })
      for (const key of [own.stolen, thief.key]) expect((await tryKey(key)).status).not.toBe(303)
      for (const key of [own.second, own.third])
        expect(await statusOfAdding((await signIn(broker, library, key)).browser)).toBe(303)
      await endAll()
      expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
    },
  )

  test('about a sign-in gives back what the way took away since: keys, codes, address', async () => {
    const own = await owner()
    const his = (await signIn(broker, library, own.stolen)).browser
    const sets: string[][] = []
    for (let n = 0; n < 2; n++) {
      const { action, fields } = formOf(await his.get('/acces/codes'))
      sets.push([...codesOf(await his.post(action, fields))])
      await pass(broker.db, { seconds: 1 })
    }
    await removeKeyOf(his, own.third)
    await his.post('/acces/messages/retrait', { csrf: await csrfOf(his), channel: 'email' })
    expect(await addressesInUse(own.personId)).toBe(0)

    expect(await toldOf(own.personId, 'codes.changed')).toBe(2)
    expect(await toldOf(own.personId, 'contact.changed')).toBe(1)

    await denyFirstSignIn((await signIn(broker, library, own.second)).browser)

    expect(await addressesInUse(own.personId)).toBe(1)
    // What is put back is told, too: so it is where somebody else puts it back.
    expect(await toldOf(own.personId, 'codes.changed')).toBe(3)
    expect(await toldOf(own.personId, 'contact.changed')).toBe(2)
    expect(await statusOfAdding((await signIn(broker, library, own.third)).browser)).toBe(303)
    await pass(broker.db, { hours: 73 })
    for (const [code = ''] of sets)
      expect((await showCodeAt(broker, library, code)).page.status).toBe(400)
    expect((await showCodeAt(broker, library, own.codes[0] ?? '')).page.status).toBe(200)
    expect((await tryKey(own.stolen)).status).not.toBe(303)
    await endAll()
    expect(await differencesOf({ db: broker.db, vault }, own.personId)).toEqual([])
  })

  test('of the thief about her newer key, and hers about his: neither shuts out the other', async () => {
    const own = await owner()
    const newer = makeAuthenticator({ origin: issuer, counter: 0 })
    expect(await statusOfAdding(own.browser, newer)).toBe(303)
    const his = (await signIn(broker, library, own.stolen)).browser
    await answerNotice(his, await his.get('/acces'), 'Nouvelle clé d’accès', 0)

    const { browser } = await signIn(broker, library, newer)
    expect(await undo(browser, await browser.get('/acces/entrer'))).toContain('waiting-disputed')
    await pass(broker.db, { hours: 200 })

    for (const key of [own.stolen, newer]) {
      const held = (await signIn(broker, library, key)).browser
      expect(await statusesOfDeeds(held)).toEqual([409, 409, 409, 409, 409])
      expect((await held.get('/acces/entrer')).body).toContain(
        'Deux façons de vous connecter se contredisent',
      )
    }
  })
})

test('a password that was changed opens a held session, and comes back; so does its application', async () => {
  const own = await typeUp(broker, library)
  const form = formOf(await own.browser.get('/acces/mot-de-passe'))
  const password = 'quatre huards dorment debout'
  const typed = { ...form.fields, address: own.address, password }
  const changed = await own.browser.post(form.action, typed)
  expect([changed.status, /<h1>[^<]*/.exec(changed.body)?.[0]]).toEqual([303, undefined])

  const held = await byPassword(own, own.password, codeAt(own.seed))
  const page = await held.get('/acces/entrer')
  expect(page.body).toContain('Vous êtes ici par une façon de vous connecter qui attend')
  expect(await statusOfAdding(held)).toBe(409)
  await undo(held, page)

  expect(await statusOfAdding(await byPassword(own, own.password, codeAt(own.seed, 1)))).toBe(303)
})

test('a password that is taken away waits once: its page says so, and a further press begins no further 72 hours', async () => {
  const own = await typeUp(broker, library)
  const key = makeAuthenticator({ origin: issuer, counter: 0 })
  expect(await statusOfAdding(own.browser, key)).toBe(303)
  const { browser } = await signIn(broker, library, key)
  const path = '/acces/mot-de-passe/retrait'
  const csrf = await csrfOf(browser)

  const before = await browser.get(path)
  await browser.post(path, { csrf })
  const since = await waitsSince(browser)
  await pass(broker.db, { seconds: 120 })
  const after = await browser.get(path)
  const again = await browser.post(path, { csrf })

  expect([before, after].map(({ body }) => body.includes('attend déjà'))).toEqual([false, true])
  expect(again.location).toContain('removal-waits')
  expect([since.length, await waitsSince(browser)]).toEqual([2, since])
})

test('of two presses at one moment on two processes one makes a set, and the other shows none', async () => {
  const own = await signUp(broker, library, { workingCodes: 2 })
  const { action, fields } = formOf(await own.browser.get('/acces/codes'))
  const two = [own.browser, own.browser.clone()]

  const answers = await Promise.all(two.map((browser) => browser.post(action, fields)))
  const again = await own.browser.post(action, fields)

  expect(answers.map((answer) => codesOf(answer).length).toSorted(ascending)).toEqual([0, 10])
  expect([again.status, again.location?.includes('codes-already')]).toEqual([303, true])
  // She hears of it on every way that she has, and her page asks whether it was she.
  expect(await toldOf(own.personId, 'codes.changed')).toBe(1)
  expect((await own.browser.get('/acces')).body).toMatch(
    /<section class="panel alarm">\s*<h2>(?:<img[^>]*>)?Nouveaux codes de récupération<\/h2>/,
  )
  const shown = answers.flatMap((answer) => codesOf(answer))
  for (const code of [shown[0], own.codes[0]])
    expect((await showCodeAt(broker, library, code ?? '')).page.status).toBe(200)
  await pass(broker.db, { hours: 73 })
  expect((await showCodeAt(broker, library, own.codes[0] ?? '')).page.status).toBe(400)
  expect((await showCodeAt(broker, library, shown[1] ?? '')).page.status).toBe(200)
})

test('a recovery shows its codes once: two presses for others at one moment make one set', async () => {
  const own = await signUp(broker, library, { workingCodes: 2 })
  const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
  const key = formOf(await browser.get(`${page.url}/nouvelle-cle`))
  const credential = makeAuthenticator({ origin: issuer }).create(key.options)
  expect(codesOf(await browser.post(key.action, { ...key.fields, credential }))).toHaveLength(10)
  const left = formsOf(await browser.get(page.url)).find(({ action }) => action.endsWith('/codes'))

  const answers = await Promise.all(
    [browser, browser.clone()].map((one) => one.post(left?.action ?? '', left?.fields ?? {})),
  )

  expect(answers.map((answer) => codesOf(answer).length).toSorted(ascending)).toEqual([0, 10])
})

test('what waits counts: of twenty keys none makes room, and of six sets one is refused', async () => {
  const own = await owner()
  for (let n = 3; n < 20; n++) expect(await statusOfAdding(own.browser)).toBe(303)
  expect(await removeKeyOf(own.browser, own.second)).toContain('removal-waits')
  expect(await statusOfAdding(own.browser)).toBe(409)
  const made: number[] = []
  for (let n = 0; n < 6; n++) {
    const { action, fields } = formOf(await own.browser.get('/acces/codes'))
    made.push((await own.browser.post(action, fields)).status)
  }
  expect(made).toEqual([200, 200, 200, 200, 200, 409])
})

const ascending = (one: number, other: number) => one - other

type Owner = {
  readonly personId: string
  readonly browser: Browser
  readonly codes: readonly string[]
  readonly stolen: Authenticator
  readonly second: Authenticator
  readonly third: Authenticator
}

/** A person with three passkeys, codes and an address, for longer than anything waits. The oldest key is stolen. */
async function owner(): Promise<Owner> {
  const { personId, browser, authenticator, codes } = await signUp(broker, library, {
    workingCodes: 2,
  })
  const [second, third] = [0, 1].map(() => makeAuthenticator({ origin: issuer, counter: 0 }))
  if (second === undefined || third === undefined) throw new Error('two keys')
  for (const key of [second, third]) {
    expect(await statusOfAdding(browser, key)).toBe(303)
    await pass(broker.db, { seconds: 5 })
  }
  await giveEmail(broker, personId, `${personId}@exemple.test`)
  await pass(broker.db, { days: 4 })
  const known = await signIn(broker, library, authenticator, browser)
  await answerAll(known.browser)
  return { personId, browser, codes, stolen: authenticator, second, third }
}

/** He signs in with her oldest key, adds his own a second later, and takes everything away at four seconds. */
async function robbed(own: Owner, { takes = true } = {}) {
  const { browser } = await signIn(broker, library, own.stolen)
  await pass(broker.db, { seconds: 1 })
  const key = makeAuthenticator({ origin: issuer, counter: 0 })
  expect(await statusOfAdding(browser, key)).toBe(303)
  await pass(broker.db, { seconds: 3 })
  const other = (await signIn(broker, library, key)).browser
  if (takes) {
    for (const one of [own.second, own.third]) await removeKeyOf(browser, one)
    await removeKeyOf(other, own.stolen)
    const { action, fields } = formOf(await other.get('/acces/codes'))
    expect(codesOf(await other.post(action, fields))).toHaveLength(10)
    const csrf = await csrfOf(other)
    await other.post('/acces/messages/retrait', { csrf, channel: 'email' })
    await other.post('/acces/sessions/fin', { csrf })
  }
  return { key, browsers: [browser, other] }
}

async function statusOfAdding(
  browser: Browser,
  key = makeAuthenticator({ origin: issuer, counter: 0 }),
): Promise<number> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  return (await browser.post(action, { ...fields, credential: key.create(options) })).status
}

/** What a held session may not do: add a way, close the access, make codes, silence messages, end others’ sessions. */
async function statusesOfDeeds(browser: Browser): Promise<readonly number[]> {
  const csrf = await csrfOf(browser)
  const choice = { channel: 'none', language: 'fr', sendings: 'never' }
  const answers = [
    await browser.post('/acces/fermeture', { csrf }),
    await browser.get('/acces/codes'),
    await browser.post('/acces/messages/choix', { csrf, ...choice }),
    await browser.post('/acces/sessions/fin', { csrf }),
  ]
  return [await statusOfAdding(browser), ...answers.map(({ status }) => status)]
}

async function pathOfKey(browser: Browser, { credentialId }: Authenticator): Promise<string> {
  const { passkeyId } = await broker.db('passkeys').where({ credentialId }).first('passkeyId')
  const { body } = await browser.get('/acces/entrer')
  const paths = [...body.matchAll(/href="(\/acces\/cles\/key_\w+)"/g)].map(([, path = '']) => path)
  const found = paths.find((path) => readId('key', path.split('/').at(-1) ?? '') === passkeyId)
  if (found === undefined) throw new Error('her page has no such key')
  return found
}

/** A further proof, which the page of a removal asks for. */
async function prove(browser: Browser, key: Authenticator, retour: string): Promise<void> {
  const begun = formsOf(await browser.get(retour)).find(({ action }) => action.endsWith('/preuve'))
  const asked = await postAndFollow(browser, begun?.action ?? '', begun?.fields ?? {})
  const { action, fields, options } = formOf(asked)
  const proved = await browser.post(action, { ...fields, credential: key.get(options) })
  expect((await browser.follow(proved.location ?? '')).url).toContain(retour)
}

async function removeKeyOf(browser: Browser, key: Authenticator): Promise<string> {
  const path = await pathOfKey(browser, key)
  const { location } = await browser.post(`${path}/retrait`, { csrf: await csrfOf(browser) })
  return location ?? ''
}

/** Presses the button of what waits, the first one or that of a line with these words. */
async function undo(browser: Browser, page: Answer, words = '', place = 0): Promise<string> {
  const lines = page.body.split('<li>').filter((line) => line.includes('/attentes/'))
  const line = lines.filter((one) => one.includes(words))[place] ?? ''
  const [, action = ''] = /action="([^"]+\/attentes\/[^"]+)"/.exec(line) ?? []
  const { location, status, body } = await browser.post(action, { csrf: await csrfOf(browser) })
  return location ?? `${status} ${/<h1>[^<]*/.exec(body)?.[0]}`
}

async function answerNotice(
  browser: Browser,
  page: Answer,
  words: string,
  place: number,
): Promise<string> {
  const lines = page.body.split('<section').filter((panel) => panel.includes(words))
  const [, action = ''] = /action="([^"]+\/pas-moi)"/.exec(lines[place] ?? '') ?? []
  return (await browser.post(action, { csrf: await csrfOf(browser) })).location ?? ''
}

/** « Ce n’était pas moi » about the first sign-in that asks: the panels are the newest first. */
async function denyFirstSignIn(browser: Browser): Promise<void> {
  const { body } = await browser.get('/acces')
  const lines = body
    .split('<section')
    .filter((panel) => panel.includes('Connexion depuis un nouvel appareil'))
  const [, action = ''] = /action="([^"]+\/pas-moi)"/.exec(lines.at(-1) ?? '') ?? []
  const { location } = await browser.post(action, { csrf: await csrfOf(browser) })
  expect(location).toContain('disowned')
}

/** « C’était moi » to all that asks. */
async function answerAll(browser: Browser): Promise<void> {
  const { body } = await browser.get('/acces')
  const csrf = await csrfOf(browser)
  for (const [, action = ''] of body.matchAll(/action="(\/acces\/avis\/[^"]+\/moi)"/g))
    await browser.post(action, { csrf })
}

async function csrfOf(browser: Browser): Promise<string> {
  const form = formsOf(await browser.get('/acces/nom-affiche')).find(({ fields }) => fields['csrf'])
  return form?.fields['csrf'] ?? ''
}

async function tryKey(authenticator: Authenticator): Promise<Answer> {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  return browser.post(action, { ...fields, credential: authenticator.get(options) })
}

async function byPassword(
  { address }: { readonly address: string },
  password: string,
  code: string,
): Promise<Browser> {
  const browser = makeBrowser(broker)
  const { answer } = await typeIn(browser, (await library.begin()).url, { address, password }, code)
  const left = formsOf(answer).find(({ action }) => action.endsWith('/plus-tard'))
  if (left !== undefined) await postAndFollow(browser, left.action, left.fields)
  expect((await browser.get('/acces/entrer')).status).toBe(200)
  return browser
}

async function addressesInUse(personId: string): Promise<number> {
  const rows: object[] = await broker.db('contactPoint').where({ personId, removedAt: null })
  return rows.length
}

/** A key that was decided against undoes nothing, and denies nobody’s sign-in. */
async function expectNoAnswer(key: Authenticator): Promise<void> {
  const { browser } = await signIn(broker, library, key)
  const { body } = await browser.get('/acces/entrer')
  expect(body).toContain('Vous êtes ici par une façon de vous connecter qui a été écartée')
  expect(body).not.toContain('/annulation')
  const csrf = await csrfOf(browser)
  for (const id of await waitingIds(key))
    expect((await browser.post(`/acces/attentes/${id}/annulation`, { csrf })).status).toBe(409)
  const asked = (await browser.get('/acces')).body
  const [, denies = ''] = /action="([^"]+\/pas-moi)"/.exec(asked) ?? []
  expect((await browser.post(denies, { csrf })).status).toBe(409)
}

/** All that waits of the person with this key, as pages name it. */
async function waitingIds({ credentialId }: Authenticator): Promise<readonly string[]> {
  const { personId } = await broker.db('passkeys').where({ credentialId }).first('personId')
  const waiting = await waitingWays(broker.db, vault.seals, personId, new Date())
  return waiting.map((one) => waitingId(one))
}

/** Since when her ways wait that she took away, as « Ce qui attend » says. */
async function waitsSince(browser: Browser): Promise<readonly string[]> {
  const { body } = await browser.get('/acces/entrer')
  return [...body.matchAll(/<p>(Retrait demandé le [^<]+)<\/p>/g)].map(([, said = '']) => said)
}

/** How many messages of a kind have been queued for her. */
async function toldOf(personId: string, kind: string): Promise<number> {
  const rows: object[] = await broker.db('notification').where({ personId, kind })
  return rows.length
}

/** She comes by a code from a counter, with a key of her own. */
async function byCounter(personId: string): Promise<Browser> {
  const codes = [await counterCode(personId)]
  const { authenticator } = await recoverAt(broker, library, { codes })
  return (await signIn(broker, library, authenticator)).browser
}

async function counterCode(personId: string): Promise<string> {
  const { data } = await openKeys(broker.keysDir)
  const [made] = await codesOfWhich(1, data).newSet(broker.db)
  if (made === undefined) throw new Error('no code')
  const at = { personId, origin: { requestId: 'operator', network: undefined }, now: new Date() }
  const { code } = await transact(broker.db, (tx) => putCounterCode(tx, vault.seals, made, at))
  return code
}

async function endAll(): Promise<void> {
  await endWaits(broker.db, { vault, log: openLog('silent') }, new Date())
}
