import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { secondsAfter, systemClock } from '../../../src/base/values/clock.ts'
import type { Mode } from '../../../src/base/settings/config.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { newPersonId } from '../../../src/base/values/ids.ts'
import {
  announceFirst,
  announceKeys,
  markRetired,
  replaceKeys,
} from '../../../src/base/keys/key-changes.ts'
import { checkOf, heldKeys } from '../../../src/base/keys/key-check.ts'
import { purposes as everyPurpose } from '../../../src/base/values/key-purposes.ts'
import type { RotatedPurpose } from '../../../src/base/values/key-purposes.ts'
import { addKey, newestUsed, retireKey, useKey } from '../../../src/base/keys/key-rotation.ts'
import { knownKeys } from '../../../src/base/keys/key-store.ts'
import { rowsUnderKey } from '../../../src/tool/key-retirement.ts'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { noHash, writeFeedFile } from '../../../src/ledger/heads/feed-format.ts'
import { createMissingKeys, openKeys, readHeldKeys } from '../../../src/base/keys/keys.ts'
import { openKnownKeys, requireKnownKeys } from '../../../src/base/keys/known-keys.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { serveSigner } from '../../../src/base/keys/signer-service.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import { passkeyTable } from '../../../src/webauthn/seal.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'
import { newFolder, until } from '../../support/fault-process.ts'
import { openStage } from '../../ledger/chain/stage.ts'

// Those that every installation has.
const purposes = everyPurpose.filter(
  (name) => !['id-token-rsa', 'upstream', 'signals', 'log-pq'].includes(name),
)

let database: FreshDatabase
let db: Database
let keysDir: string
const said: string[] = []
const say = (line: string) => void said.push(line)
const at = new Date('2026-03-01T00:00:00Z')

beforeEach(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, patience)
  keysDir = join(newFolder(), 'keys')
  await createMissingKeys(keysDir)
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
  rmSync(join(keysDir, '..'), { recursive: true, force: true })
  said.length = 0
})

const serving = {
  issuer: 'http://localhost',
  clock: systemClock,
  perSecond: 1000,
  log: openLog('silent'),
}
const place = (mode: Mode = 'production', dir = keysDir) => ({ mode, keysDir: dir })
const open = (mode?: Mode, dir?: string) => openKnownKeys(db, place(mode, dir), say)

test('the first process notes its keys, and nothing in the table is a key', async () => {
  const keys = await open()
  const held = heldKeys(keys)
  expect([...held.keys()]).toEqual([...purposes])
  const known = await knownKeys(db)
  expect(known).toHaveLength(purposes.length)
  for (const { purpose, checkValue: value, state } of known) {
    expect(state).toBe('used')
    expect([...held].find(([name]) => name === purpose)?.[1]).toEqual([value])
  }
  const table = JSON.stringify(known)
  const secrets = [keys.pairwise, ...keys.data, ...keys.seal, ...keys.dpopNonce]
  for (const secret of secrets.filter((one) => Buffer.isBuffer(one)))
    expect(table).not.toContain(secret.toString('base64url').slice(0, 12))
  await open()
  expect(await knownKeys(db)).toEqual(known)
})

test.each(purposes)(
  'another key of purpose %s is refused, by its name and the one expected',
  async (purpose) => {
    await open()
    const expected = (await knownKeys(db)).find((key) => key.purpose === purpose)?.checkValue ?? ''
    rmSync(join(keysDir, purpose), { recursive: true })
    await createMissingKeys(keysDir)
    for (const mode of ['production', 'staging', 'demonstration'] as const) {
      const refusal = await refusalOf(open(mode))
      expect(refusal).toContain(`${purpose} is `)
      expect(refusal).toContain(`where ${expected} is expected`)
      expect(refusal).toMatch(/^[^\n]+\.$/)
      for (const other of purposes.filter((name) => name !== purpose))
        expect(refusal).not.toContain(`${other} is`)
    }
    expect(await refusalOf(requireKnownKeys(db, place(), say))).toContain(`${purpose} is `)
  },
)

test('keys of another installation are refused in one sentence that names every purpose', async () => {
  await open()
  await createMissingKeys(join(keysDir, '../other'))
  const refusal = await refusalOf(open('production', join(keysDir, '../other')))
  for (const purpose of purposes) expect(refusal).toContain(`${purpose} is `)
  expect(refusal).toMatch(/^[^\n]+\.$/)
})

test('a command without keys uses none; a command with some keys is checked for these', async () => {
  await requireKnownKeys(db, { mode: 'demonstration', keysDir: join(keysDir, 'nothing') }, say)
  await requireKnownKeys(db, { mode: 'demonstration', keysDir: '' }, say)
  expect(await knownKeys(db)).toEqual([])
  await open()
  for (const purpose of purposes.slice(1)) rmSync(join(keysDir, purpose), { recursive: true })
  await requireKnownKeys(db, place(), say)
})

test('keys with a signer are known like those in the folder, and lie at one place', async () => {
  const path = join(keysDir, '../id-token')
  const withSigner = { ...place(), signerSockets: { 'id-token': path } }
  const far = join(keysDir, '../far')
  await createMissingKeys(far)
  const purposes = ['id-token'] as const
  const serve = () =>
    serveSigner({
      ...serving,
      keysDir: far,
      sockets: [{ purpose: 'id-token', path }],
      purposes,
    })
  expect(await refusalOf(openKnownKeys(db, withSigner, say))).toContain('nothing is at')
  const other = await serve()
  expect(await refusalOf(openKnownKeys(db, withSigner, say))).toContain('leave them with')
  await open()
  rmSync(join(keysDir, 'id-token'), { recursive: true })
  expect(await refusalOf(openKnownKeys(db, withSigner, say))).toContain('id-token is ')
  // As an operator notes the key of a machine that makes its own.
  expect(await replaceKeys(db, withSigner, 'id-token')).toHaveLength(1)
  const { idToken } = await openKnownKeys(db, withSigner, say)
  expect(idToken.map(({ kid, d }) => [kid, d])).toEqual([[other.kids['id-token'], undefined]])
  await other.close()
})

test('of two installations that start at once, one is first and the other is refused', async () => {
  const dirs = [keysDir, join(keysDir, '../other')]
  await createMissingKeys(dirs[1] ?? '')
  // Both have seen an empty table when either of them may write.
  const both = await db.transaction(async (tx) => {
    await tx.raw("select pg_advisory_xact_lock(hashtext('accord.keys'))")
    const opening = dirs.map((dir) => open('production', dir))
    const ended = Promise.allSettled(opening)
    await until('both wait', async () => (await waiting()) === 2)
    return { ended }
  })
  const ends = await both.ended
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const refused = ends.find((one) => one.status === 'rejected')
  expect(String(refused?.reason)).toContain('are not those of this database')
  expect(await knownKeys(db)).toHaveLength(purposes.length)
})

async function waiting(): Promise<number> {
  const { rows } = await db.raw<{ rows: { n: number }[] }>(
    `select count(*)::integer as n from pg_locks
     where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0]?.n ?? 0
}

test('two processes of one installation that start at once both start', async () => {
  await Promise.all([open(), open(), open()])
  expect(await knownKeys(db)).toHaveLength(purposes.length)
})

describe('on a database that people depend on', () => {
  test('deleted check values are not written again by a start, only by a command', async () => {
    await open()
    await db('persons').insert({ personId: newPersonId(), createdAt: new Date() })
    await db.raw('truncate key_check')
    expect(await refusalOf(open())).toContain('keys announce')
    expect(await knownKeys(db)).toEqual([])
    expect(await announceFirst(db, place())).toEqual([...purposes])
    await open()
    await db.raw(`delete from key_check where purpose = 'pairwise'`)
    expect(await refusalOf(open())).toMatch(/knows no key of purpose pairwise:/)
  })

  test.each(['data', 'seal'] as const)(
    'another key of purpose %s is not noted while rows name the old one',
    async (purpose) => {
      await open()
      await writeEvent()
      await db.raw('truncate key_check')
      rmSync(join(keysDir, purpose))
      await createMissingKeys(keysDir)
      for (const tried of [() => announceFirst(db, place()), () => open('demonstration')])
        expect(await refusalOf(tried())).toMatch(new RegExp(`name keys of purpose ${purpose} `))
      expect(await knownKeys(db)).toEqual([])
    },
  )
})

async function writeEvent(): Promise<void> {
  const stage = await openStage(await openKeys(keysDir), database)
  await stage.write(await stage.newPerson(), 1)
  await stage.db.destroy()
}

describe('a change of keys', () => {
  const changed: RotatedPurpose[] = [
    'id-token',
    'decision',
    'receipt',
    'cookie',
    'data',
    'dpop-nonce',
    'seal',
  ]
  test.each(changed)('of purpose %s goes step by step, on two machines', async (purpose) => {
    const other = join(keysDir, '../other')
    execFileSync('cp', ['-a', keysDir, other])
    await open()
    const held = async () => heldKeys(await openKeys(keysDir)).get(purpose)
    const [old = ''] = (await held()) ?? []

    const added = await addKey(db, place(), purpose)
    expect(await held()).toEqual([old, added])
    await Promise.all([open(), open('production', other)])

    // A machine that has the new key, and one that has not, both go on until it is used.
    const step = { now: at, isAtOnce: true }
    expect(await useKey(db, place(), purpose, step)).toBe(added)
    expect(await held()).toEqual([added, old])
    expect(await useKey(db, place(), purpose, step)).toBe(added)
    await open()
    expect(await refusalOf(open('production', other))).toContain(`${purpose} lacks ${added}`)

    const leave = (value: string) =>
      retireKey(db, place(), purpose, value, {
        ...step,
        leaving: rowsUnderKey(db, keysDir, undefined),
      })
    expect(await refusalOf(leave(added))).toContain('signs or seals now')
    await leave(old)
    const isKept = purpose === 'decision' || purpose === 'receipt'
    expect(await held()).toEqual(isKept ? [added, old] : [added])
    await open()
    if (isKept)
      expect((await openKeys(keysDir))[purpose].map(({ d }) => typeof d)).toEqual([
        'string',
        'undefined',
      ])
  })

  test.each(['id-token', 'decision', 'receipt'] as const)(
    'a published key of purpose %s signs a day after it was added',
    async (purpose) => {
      await open()
      const added = await addKey(db, place(), purpose)
      const early = await refusalOf(useKey(db, place(), purpose, afterHours(23)))
      expect(early).toContain('published for 23 hours, of 24 hours')
      expect(await useKey(db, place(), purpose, afterHours(25))).toBe(added)
    },
  )

  test.each([
    ['cookie', 24 * 60],
    ['id-token', 24 * 60],
    ['dpop-nonce', 10],
  ] as const)('an old key of purpose %s goes %i minutes later', async (purpose, minutes) => {
    await open()
    const [old = ''] = heldKeys(await openKeys(keysDir)).get(purpose) ?? []
    await addKey(db, place(), purpose)
    await useKey(db, place(), purpose, { now: at, isAtOnce: true })
    const leave = (after: number) => {
      const step = { now: secondsAfter(new Date(), after * 60), isAtOnce: false }
      return retireKey(db, place(), purpose, old, {
        ...step,
        leaving: rowsUnderKey(db, keysDir, undefined),
      })
    }
    expect(await refusalOf(leave(minutes - 1))).toContain('--at-once')
    await leave(minutes + 1)
    await open()
  })

  test('a key of purpose data that lies with a signer goes step by step in the folder of the signer', async () => {
    await open()
    await writeEvent()
    const far = join(keysDir, '../far')
    mkdirSync(far, { mode: 0o700 })
    renameSync(join(keysDir, 'data'), join(far, 'data'))
    const [old = ''] = heldKeys(await readHeldKeys(far)).get('data') ?? []
    await addKey(db, place(undefined, far), 'data')
    const step = { now: at, isAtOnce: true }
    await useKey(db, place(undefined, far), 'data', step)
    const retire = (house?: string) =>
      retireKey(db, place(undefined, far), 'data', old, {
        ...step,
        leaving: rowsUnderKey(db, far, undefined, house),
      })
    expect(await refusalOf(retire())).toContain('--house DIR')
    // The first look puts the row under the newest key, the second finds none.
    expect(await refusalOf(retire(keysDir))).toContain('they are under the newest now')
    await retire(keysDir)
    expect((await readHeldKeys(far)).data).toHaveLength(1)
    // As a process holds it that asks the signer.
    const path = join(far, '../data')
    const served = await serveSigner({
      ...serving,
      keysDir: far,
      sockets: [{ purpose: 'data', path }],
      purposes: ['data'],
    })
    const { data } = await openKnownKeys(db, { ...place(), signerSockets: { data: path } }, say)
    expect(data.map((key) => checkOf('data', key))).toEqual([served.kids['data']])
    await served.close()
  })

  test('a key of purpose data goes once a walk finds no row that names it, nor one that needs it', async () => {
    await open()
    await writeEvent()
    const [old = ''] = heldKeys(await openKeys(keysDir)).get('data') ?? []
    await addKey(db, place(), 'data')
    const step = { now: at, isAtOnce: true }
    await useKey(db, place(), 'data', step)
    const leave = () =>
      retireKey(db, place(), 'data', old, {
        ...step,
        leaving: rowsUnderKey(db, keysDir, undefined),
      })
    // Somebody changed it: perhaps it can be put right, under its key.
    await db.raw(
      `update dek set wrapped_key = set_byte(wrapped_key, 20, 1 - (get_byte(wrapped_key, 20) & 1))`,
    )
    expect(await refusalOf(leave())).toContain('need an older key of purpose data: dek (1)')
    expect(await db('keptPepper')).toEqual([])
    expect((await openKeys(keysDir)).data).toHaveLength(2)
  })

  test('where several keys are noted at once, the first of the file is the newest', async () => {
    const made = await createOther()
    const own = (await openKeys(keysDir)).data[0]?.toString('base64url') ?? ''
    writeFileSync(join(keysDir, 'data'), `${made.data}\n${own}\n`)
    await open()
    const [first, second = ''] = heldKeys(await openKeys(keysDir)).get('data') ?? []
    const known = (await knownKeys(db)).filter(({ purpose }) => purpose === 'data')
    expect(newestUsed(known)?.checkValue).toBe(first)
    const step = { now: at, isAtOnce: true, leaving: rowsUnderKey(db, keysDir, undefined) }
    await retireKey(db, place(), 'data', second, step)
    expect(await refusalOf(retireKey(db, place(), 'data', second, step))).toContain('does not hold')
  })

  test('rows that are found under an old key may be of a process that was not restarted', async () => {
    await open()
    await writeEvent()
    const [old = ''] = heldKeys(await openKeys(keysDir)).get('seal') ?? []
    await addKey(db, place(), 'seal')
    const step = { now: at, isAtOnce: true }
    await useKey(db, place(), 'seal', step)
    const leave = () =>
      retireKey(db, place(), 'seal', old, {
        ...step,
        leaving: rowsUnderKey(db, keysDir, undefined),
      })
    expect(await refusalOf(leave())).toContain('restarted')
    // No row needs it, and what a process reads at its start does.
    const { seal } = await openKeys(keysDir)
    const of = { generation: 1, epoch: 0, timeMs: 1, before: noHash, snapshot: 0, snapshotMs: 1 }
    const newest = writeFeedFile(makeFeedKeys(seal.toReversed()), 'newest', of, Buffer.alloc(0))
    const feed = (name: string) => Promise.resolve(name === 'newest' ? newest : undefined)
    const leaving = rowsUnderKey(db, keysDir, feed)
    expect(await refusalOf(retireKey(db, place(), 'seal', old, { ...step, leaving }))).toContain(
      'The feed of heads needs the key still',
    )
    await leave()
    await open()
  })

  test('a key that only a file knows is refused, and announced by who holds the old one', async () => {
    await open()
    const made = await createOther()
    const own = (await openKeys(keysDir)).seal[0]?.toString('base64url') ?? ''
    writeFileSync(join(keysDir, 'seal'), `${own}\n${made.seal}\n`)
    expect(await refusalOf(open())).toContain('seal is ')
    expect(await announceKeys(db, place(), 'seal')).toHaveLength(1)
    await open()
    writeFileSync(join(keysDir, 'data'), `${made.data}\n`)
    expect(await refusalOf(announceKeys(db, place(), 'data'))).toContain('lacks')
  })

  test('the key of identifiers is never changed', async () => {
    await open()
    const made = await createOther()
    writeFileSync(join(keysDir, 'pairwise'), made.pairwise)
    for (const changed of [announceKeys, replaceKeys])
      expect(await refusalOf(changed(db, place(), 'pairwise'))).toMatch(/never/)
    await expect(
      db('keyCheck').insert({
        purpose: 'pairwise',
        checkValue: 'x'.repeat(22),
        state: 'used',
        notedAt: new Date(),
      }),
    ).rejects.toThrow('key_check_pairwise')
  })

  test.each(['data', 'decision', 'receipt', 'log', 'pairwise'] as const)(
    'a lost key of purpose %s is not forgotten',
    async (purpose) => {
      await open()
      rmSync(join(keysDir, purpose), { recursive: true })
      await createMissingKeys(keysDir)
      expect(await refusalOf(replaceKeys(db, place(), purpose))).toContain('never')
      await refusalOf(open())
    },
  )

  test.each(['dpop-nonce', 'cookie', 'id-token'] as const)(
    'a lost key of purpose %s is replaced at once',
    async (purpose) => {
      await open()
      const old = (await knownKeys(db)).find((key) => key.purpose === purpose)?.checkValue
      rmSync(join(keysDir, purpose), { recursive: true })
      await createMissingKeys(keysDir)
      expect(await replaceKeys(db, place(), purpose)).toEqual([old])
      await open()
    },
  )

  test('a lost key of seals is replaced once no row bears its seal', async () => {
    await open()
    await writeEvent()
    await writeKeyOfSomebody()
    rmSync(join(keysDir, 'seal'))
    await createMissingKeys(keysDir)
    expect(await refusalOf(replaceKeys(db, place(), 'seal'))).toContain('name keys of purpose seal')
    await db.raw('update person_head set seal = null')
    // Her way in would not open any more, and no event would say what its row was.
    expect(await refusalOf(replaceKeys(db, place(), 'seal'))).toContain('name keys of purpose seal')
    await db.raw('update passkeys set seal = null')
    await replaceKeys(db, place(), 'seal')
    await open()
  })

  test('the only key that is used cannot be retired', async () => {
    await open()
    const [only] = (await knownKeys(db)).filter(({ purpose }) => purpose === 'cookie')
    await expect(markRetired(db, 'cookie', only?.checkValue ?? '')).rejects.toThrow('No other key')
    await expect(markRetired(db, 'cookie', 'unknown')).rejects.toThrow(OperatorError)
  })
})

function afterHours(hours: number) {
  return { now: secondsAfter(new Date(), hours * 3600), isAtOnce: false }
}

async function writeKeyOfSomebody(): Promise<void> {
  const seals = makeRowSeals((await openKeys(keysDir)).seal)
  const personId = newPersonId()
  await db('persons').insert({ personId, createdAt: new Date() })
  await db('webauthnUsers').insert({ personId, userHandle: Buffer.alloc(32) })
  const kept = {
    personId,
    passkeyId: personId,
    credentialId: Buffer.alloc(8),
    publicKey: Buffer.alloc(8),
  }
  const key = { ...kept, backupEligible: false, kind: 'passkey', createdAt: new Date() }
  await db('passkeys').insert({
    ...key,
    signCount: 0,
    transports: [],
    aaguid: personId,
    backupState: false,
    name: 'hers',
    seal: seals.seal(passkeyTable, { ...key, suspendedAt: null }),
  })
}

const text = (bytes: Buffer | undefined) => bytes?.toString('base64url') ?? ''

async function createOther() {
  const dir = join(keysDir, '../made')
  await createMissingKeys(dir)
  const { pairwise, data, seal } = await openKeys(dir)
  return { pairwise: text(pairwise), data: text(data[0]), seal: text(seal[0]) }
}

const paths = () => [
  keysDir,
  join(keysDir, 'pairwise'),
  join(keysDir, 'id-token'),
  join(keysDir, 'id-token', readdirSync(join(keysDir, 'id-token'))[0] ?? ''),
]

describe('keys that others may read', () => {
  test.each([0, 1, 2, 3])(
    'are refused in a deployment, and corrected in the demonstration (%i)',
    async (n) => {
      const path = paths()[n] ?? ''
      const before = statSync(path).mode & 0o7777
      for (const more of [0o040, 0o004]) {
        chmodSync(path, before | more)
        for (const mode of ['production', 'staging'] as const)
          expect(await refusalOf(open(mode))).toContain(path)
        expect(await refusalOf(requireKnownKeys(db, place(), say))).toContain(path)
        expect(statSync(path).mode & 0o7777).toBe(before | more)
        await open('demonstration')
        expect(statSync(path).mode & 0o7777).toBe(before)
        expect(said.splice(0)).toEqual([expect.stringContaining(keysDir)])
        await open()
      }
    },
  )

  test('are refused where others may put another folder in their place, by a path or a link', async () => {
    const above = join(keysDir, '..')
    await open()
    for (const more of [0o020, 0o002]) {
      chmodSync(above, 0o700 | more)
      expect(await refusalOf(open())).toContain(`they may write to ${above} above ${keysDir}`)
      expect(await refusalOf(requireKnownKeys(db, place(), say))).toContain(above)
      // Nobody else is there to do it.
      await open('demonstration')
      chmodSync(above, 0o700)
    }
    // In a folder as /tmp, nobody moves what belongs to somebody else.
    chmodSync(above, 0o1777)
    await open()
    // A link in a folder that is shut, to keys in one that is not, and the other way.
    const [shut, shared] = [join(above, 'shut'), join(above, 'shared')]
    mkdirSync(shut, { mode: 0o700 })
    mkdirSync(shared)
    renameSync(keysDir, join(shared, 'keys'))
    symlinkSync(join(shared, 'keys'), join(shut, 'keys'))
    await open('production', join(shut, 'keys'))
    chmodSync(shared, 0o777)
    expect(await refusalOf(open('production', join(shut, 'keys')))).toContain(shared)
    rmSync(join(shut, 'keys'))
    renameSync(join(shared, 'keys'), join(shut, 'keys'))
    symlinkSync(join(shut, 'keys'), join(shared, 'keys'))
    expect(await refusalOf(open('production', join(shared, 'keys')))).toContain(shared)
    await open('production', join(shut, 'keys'))
    // An owner of that folder who is nobody of the house.
    if (process.getuid?.() !== 0) return
    chmodSync(shared, 0o755)
    chownSync(shared, 12345, 12345)
    expect(await refusalOf(open('production', join(shared, 'keys')))).toContain(shared)
  })

  test('files of others in the folder are not looked at', async () => {
    writeFileSync(join(keysDir, 'README'), 'words', { mode: 0o644 })
    renameSync(join(keysDir, 'README'), join(keysDir, 'notes.txt'))
    await open()
  })
})

async function refusalOf(tried: Promise<unknown>): Promise<string> {
  const error: unknown = await tried.then(
    () => undefined,
    (refused: unknown) => refused,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error instanceof OperatorError ? error.message : ''
}
