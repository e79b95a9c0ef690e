import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldParts } from '../../../src/house/folds.ts'
import { erasureCommand } from '../../support/commands.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import { holdsProof, readProof } from '../../../src/base/tlog/log-proof.ts'
import { transact } from '../../../src/base/database/database.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { sayLateEntry } from '../../../src/ledger/transparency-log/late-entries.ts'
import { logEntry, openBook } from '../../../src/ledger/chain/index.ts'
import { eventKinds } from '../../../src/ledger/chain/event.ts'
import { issuer } from '../../support/broker.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, newSharers, openLoad, portOf, stopAt } from '../../support/sharing-load.ts'
import { keepChainEnd } from '../../support/chain-end.ts'
import { quietVault } from '../../support/quiet-vault.ts'
import { sequenceNow } from '../../support/leases.ts'
import { signLog } from '../../support/sign-log.ts'
import type { Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, startStage } from '../../support/sharing.ts'
import { callTool } from '../../support/tool.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { untyped } from '../../support/database.ts'
import { statementsBy } from '../../support/statements.ts'

// « Rien ne manque »: what the page says of an honest chain, and of one that somebody with the database changed.

const path = '/acces/rien-ne-manque'
const linked = (last: number) => `Vos inscriptions 1 à ${last} se suivent`
const broken = (number: number) => `L’inscription ${number} manque`

let stage: Stage
let load: Load
let sharer: Sharer
let other: Sharer
/** Whose next entry somebody with SQL put into a queue that nobody works. */
let hidden: Sharer
/** Of permits about somebody else, and about her. */
let tokens: readonly string[]

beforeAll(async () => {
  letTimeMove()
  stage = await startStage()
  load = await openLoad(stage)
  const people = (await newSharers(load, 4)) as [Sharer, Sharer, Sharer, Sharer]
  ;[sharer, other, hidden] = people
  await load.db.raw('update person_head set shard = 7 where person_id = ?', [hidden.personId])
  const asking = await holderToken(stage, 'decide')
  const permits = [people[3], hidden].map(({ sub }) => decide(stage, asking, evaluation(sub)))
  tokens = (await Promise.all(permits)).map(({ context }) => String(context['decision_token']))
  await stopAt(hidden, hidden.consentId, portOf(stage, 0))
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const read = async ({ browser }: Sharer, at = path) => (await browser.get(at)).body

test('events that no signed tree has yet are named; if they are overdue, with a warning', async () => {
  const page = await read(sharer)
  expect(page).toContain(linked(4))
  expect(page).toContain('4 inscriptions ne sont pas encore dans le journal public')
  expect(page).not.toContain('role="alert"')
  expect(page).not.toContain('Télécharger la preuve')
  expect(await read(hidden)).toContain('cela prend moins d’une minute')
  expect((await hidden.browser.get(await proofOfStop())).body).toContain('en moins d’une minute')
  await pass(load.db, { seconds: 75 })
  const late = await read(sharer)
  expect(late).toContain('4 inscriptions ne sont toujours pas dans le journal public')
  expect(late).not.toContain('moins d’une minute')
  expect(late).toContain('role="alert"')
  expect(late).toContain('<h1>Une inscription se fait attendre</h1>')
})

test('signed events follow one another, are in the log, and have a proof for their person only', async () => {
  await signLog(load.db, stage.keysDir)
  const page = await read(sharer)
  expect(page).toContain(linked(4))
  expect(page).toContain('Elles sont toutes dans le journal public, tel qu’il a été signé le')
  expect(page).not.toContain('role="alert"')
  expect(page).toContain('<h1>Rien ne manque</h1>')
  expect(page).toContain('Vous avez autorisé\u00a0: revenu net')
  expect(page).toContain('De\u00a0: Agence du revenu (démo). À\u00a0: Aide aux études (démo).')
  expect(page).toContain('Partage arrêté\u00a0: revenu net')
  const files = [...page.matchAll(/href="(\/acces\/rien-ne-manque\/evt_\w+)"/g)].map(
    ([, href = '']) => href,
  )
  const events: { commitment: Buffer }[] = await load
    .db('ledgerEvent')
    .where({ personId: sharer.personId })
    .orderBy('personSeq')
  expect(files).toHaveLength(events.length)
  for (const [i, file] of files.entries()) {
    const proof = readProof(await read(sharer, file))
    expect(holdsProof(proof, logEntry(events[i]?.commitment ?? Buffer.alloc(0)))).toBe(true)
    expect((await other.browser.get(file)).status).toBe(404)
  }
  expect(await read(sharer, `${path}?apres=3`)).toContain('Votre inscription 4 est telle')
  expect((await sharer.browser.get(`${path}?apres=9`)).status).toBe(404)
})

test('whoever holds its decision token finds it missing, and the other one in the log, by the address of the house alone', async () => {
  const { address, close } = await proxyOf(stage)
  const served = (await other.browser.get('/log/policy')).body.replaceAll(issuer, address)
  const dir = mkdtempSync(join(tmpdir(), 'accord-promises-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const policy = file('policy', served)
  const check = (name: string, text = '') =>
    callTool(['promise', 'check', file(name, text), '--policy', policy, '--json'], {})
  const [good = '', gone = ''] = tokens
  // No witness looks at this house: what is there is found, and nothing is proved.
  const found = await check('good', good)
  expect(found).toMatchObject({ code: 3, err: expect.stringContaining('quorum none') })
  expect(JSON.parse(found.out)).toMatchObject({ faults: [], promises: [{ state: 'ok' }] })
  const missing = await check('gone', gone)
  expect(missing.code).toBe(1)
  expect(JSON.parse(missing.out)).toMatchObject({
    promises: [{ state: 'missing', evidence: { token: gone } }],
  })
  rmSync(dir, { recursive: true })
  close()
})

/** Leads whoever has no name for this house to it. */
async function proxyOf(of: Stage) {
  const { host } = new URL(issuer)
  const proxy = createServer(({ url: path }, response) => {
    request({ port: portOf(of, 0), path, headers: { host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 500)
      answer.pipe(response)
    }).end()
  }).listen(0, 'localhost')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo // it listens on a port
  const close = () => {
    proxy.close()
    proxy.closeAllConnections()
  }
  return { address: `http://localhost:${port}`, close }
}

test('an entry that was put where nobody looks for it is still not in the log: her pages and the process say so', async () => {
  const page = await read(hidden)
  expect(page).toContain('2 inscriptions ne sont toujours pas dans le journal public')
  expect(page).toContain('Toujours pas dans le journal public.')
  expect(page).toContain('<h1>Une inscription se fait attendre</h1>')
  expect(page).not.toContain('moins d’une minute')
  const proof = await hidden.browser.get(await proofOfStop())
  expect(proof.status).toBe(409)
  expect(proof.body).toContain('Ceci n’est toujours pas dans le journal public')
  const said: unknown[] = []
  const look = () =>
    sayLateEntry(readingSession(load.db), systemClock(), {
      ...load.log,
      error: (fields) => void said.push(fields),
    })
  await look()
  expect(said).toEqual([expect.objectContaining({ code: 'LOG_LATE' })])
  await load.db.raw('update ledger_pending set shard = 0')
  await sequenceNow(readingSession(load.db))
  await look()
  expect(said).toHaveLength(1)
})

/** Where the proof of the receipt of a stop is. */
async function proofOfStop(): Promise<string> {
  const sharing = await read(hidden, `/mes-partages/${hidden.consentId}`)
  const [, receipt = ''] = /href="([^"]*\/recus\/rcp_\w+)"/.exec(sharing) ?? []
  return `${receipt}/preuve`
}

test('an entry of each kind has its words', async () => {
  const person = await newSharer(load)
  await transact(load.db, async (tx) => {
    const book = await openBook(tx, quietVault(load.vault), person.personId)
    for (const kind of eventKinds)
      await book.append({ kind, actor: { type: 'broker' }, fields: {} })
  })
  const page = await read(person)
  for (const word of ['Des demandes d’envoi refusées', 'Une question ne vous est plus posée'])
    expect(page).toContain(word)
})

test('the page says whether the rows about her are as her entries tell them', async () => {
  const same = 'est bien ce que ces inscriptions disent'
  expect(await read(sharer)).toContain(same)
  const putBack = await keepChainEnd(load.db, sharer.personId)
  const widen = 'update consent_current set categories = categories | 4 where person_id = :id'
  await tamper((tx) => tx.raw(widen, { id: sharer.personId }))
  const page = await read(sharer)
  expect(page).toContain('Une chose que nous gardons sur vous n’est plus ce que vos inscriptions')
  expect(page).not.toContain(same)
  expect(page).toContain('role="alert"')
  expect(page).toContain('<h1>Quelque chose ne va pas</h1>')
  expect(await read(other)).toContain(same)
  await tamper((tx) => tx.raw(widen.replace('| 4', '- 4'), { id: sharer.personId }))
  const after = await read(sharer)
  expect(after).toContain(same)
  // What was found stays found.
  expect(after).toContain('Rien n’est envoyé pour le moment')
  expect(after).toContain('<h1>Quelque chose ne va pas</h1>')
  await putBack()
  expect(await read(sharer)).not.toContain('role="alert"')
})

const bytes = `decode('${'00'.repeat(32)}', 'hex')`
test.each<[string, number, string]>([
  [
    'its content',
    2,
    'update ledger_event set body = body || body where person_id = :id and person_seq = 2',
  ],
  [
    'its commitment',
    1,
    `update ledger_event set commitment = ${bytes} where person_id = :id and person_seq = 1`,
  ],
  ['a link taken out', 2, 'delete from ledger_event where person_id = :id and person_seq = 2'],
  ['the end cut off', 4, 'delete from ledger_event where person_id = :id and person_seq = 4'],
  [
    'its entry in the log',
    2,
    `update ledger_position set commitment = ${bytes} where event_id = (select event_id from ledger_event where person_id = :id and person_seq = 2)`,
  ],
  [
    'its place in the log',
    3,
    `delete from ledger_position where event_id = (select event_id from ledger_event where person_id = :id and person_seq = 3)`,
  ],
  [
    'its key, without an event',
    1,
    `update dek set wrapped_key = null, destroyed_at = now() + clock_offset(), destroy_event_id = gen_random_uuid() where person_id = :id`,
  ],
])('a change by the owner of the database is found: %s', async (_, number, statement) => {
  const putBack = await keepChainEnd(load.db, sharer.personId)
  const tables = ['ledgerEvent', 'dek', 'ledgerPosition']
  const before = new Map<string, object[]>()
  for (const table of tables) before.set(table, await untyped(load.db)(table))
  await tamper((tx) => tx.raw(statement, { id: sharer.personId }))
  const page = await read(sharer)
  expect(page).toContain('<h1>Quelque chose ne va pas</h1>')
  expect(page).toContain(broken(number))
  expect(page).not.toContain('se suivent')
  expect(await read(other)).toContain(linked(3))
  await tamper(async (tx) => {
    for (const [table, rows] of before) {
      await untyped(tx)(table).delete()
      await untyped(tx)(table).insert(rows)
    }
  })
  await putBack()
  expect(await read(sharer)).toContain(linked(4))
})

type Tampering = Parameters<Parameters<typeof transact>[1]>[0]

function tamper(change: (tx: Tampering) => PromiseLike<unknown>): Promise<void> {
  return transact(load.db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await change(tx)
  })
}

test('erased events are named with their certificate, and the rest is valid', async () => {
  const year = systemClock().getUTCFullYear()
  await pass(load.db, { days: 366 })
  const keys = await openKeys(stage.keysDir)
  const eraser = {
    vault: load.vault,
    pairwise: load.pairwise,
    statements: statementsBy(keys),
    issuer,
  }
  const order = (...more: string[]) =>
    erasureCommand(
      load.db,
      ['erase', sharer.consentId, '--through', String(year), ...more],
      systemClock(),
      () =>
        Promise.resolve({ ...eraser, signers: [], databaseUrl: stage.databaseUrl, triesAgain: '' }),
    )
  const byAnna = ['--operator', 'Anna', '--reason', 'ordre', '--reason-en', 'order']
  const code = /--confirm (\w{8})$/.exec((await order())?.at(-1) ?? '')?.[1] ?? ''
  const certificate = (await order('--confirm', code, ...byAnna))?.at(-1)
  // Her session is over by now: the page is made as it would be for her.
  const { chainPage, keptFile } = await import('../../../src/pages/my-data/chain.ts')
  const { vault, live } = load
  const at = {
    path,
    after: 0,
    now: systemClock(),
    register: live.current(),
    language: 'fr' as const,
  }
  const partsNow = () => Promise.resolve(foldParts(live.current()))
  const page = await chainPage(load.db, { vault, partsNow }, sharer.personId, at)
  expect(page).toMatchObject({ wrong: undefined, differences: 0 })
  expect(page.entries.map(({ isErased }) => isErased)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ])
  expect(page.erasures).toMatchObject([{ rule: 'order', entries: { from: 1, through: 4 } }])
  const file = page.erasures[0]?.certified?.href.split('/').at(-1) ?? ''
  expect((await keptFile(load.db, sharer.personId, file, at.now)).body).toBe(certificate)
  await expect(keptFile(load.db, other.personId, file, at.now)).rejects.toThrow('not-found')
  // Whoever fills in the columns of a certificate has none.
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx('erasure').where({ personId: sharer.personId }).update({ certificate: 'filled in' })
  })
  const later = await chainPage(load.db, { vault, partsNow }, sharer.personId, at)
  expect(later.erasures).toMatchObject([{ rule: 'order', certified: undefined }])
})
