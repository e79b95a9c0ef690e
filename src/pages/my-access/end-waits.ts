import { isolateEach } from '../../base/jobs/isolate-each.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { WaitingWay, Way } from '../../people/accounts/index.ts'
import {
  deleteContacts,
  dropWays,
  allWaitingWays,
  isOver,
  lockAccount,
  peopleWithEnded,
  tellRemoved,
} from '../../people/accounts/index.ts'
import {
  deleteFactors,
  deleteSetAside,
  deleteSets,
  endCard,
  suspendFactor,
} from '../../signin/factors/index.ts'
import { deleteIdentities } from '../../signin/upstream/index.ts'
import { deleteKeys, suspendKeyOf } from '../../webauthn/index.ts'

// What waited for 72 hours, and was not put back, goes. It has opened nothing since its time was over: the list of ways in says so, whether
// this job runs or not.

const unended = 'a way in whose wait is over could not be taken away'
/** People whom a statement finds, and statements of one run. */
const foundAtOnce = 100
const batches = 50

type Parts = { readonly vault: Vault; readonly log: Log }

/** Takes away what is over, some people at a time. */
export async function endWaits(db: Database, { vault, log }: Parts, now: Date): Promise<void> {
  let failed = 0
  for (let n = 0; n < batches; n++) {
    const people = await peopleWithEnded(db, now, foundAtOnce)
    const run = await isolateEach(people, log, unended, (personId) =>
      transact(db, (tx) => endWaitsOf(tx, vault, personId, now)),
    )
    failed += run.failed
    // Those that failed are found again: the next run looks at them.
    if (people.length < foundAtOnce || run.failed > 0) break
  }
  if (failed > 0) throw new Error(`the ended ways of ${failed} people are left`)
}

function isDenied({ because }: WaitingWay): boolean {
  return because === 'denied'
}

async function endWaitsOf(
  tx: Transaction,
  vault: Vault,
  personId: string,
  now: Date,
): Promise<boolean> {
  if (!(await lockAccount(tx, personId))) return false
  const { seals } = vault
  const over = (await allWaitingWays(tx, seals, personId)).filter((one) => isOver(one, now))
  const gone = over.filter((one) => !isDenied(one) || one.kind === 'identity')
  const of = (...kinds: readonly WaitingWay['kind'][]) =>
    gone.flatMap(({ kind, name }) => (kinds.includes(kind) ? [name] : []))
  await deleteKeys(tx, seals, personId, of('key'))
  await deleteFactors(tx, seals, personId, of('password', 'totp'))
  await deleteIdentities(tx, seals, personId, of('identity'))
  await deleteSets(tx, seals, personId, of('codes'))
  await deleteContacts(tx, seals, personId, of('contact'))
  for (const cardId of of('card'))
    await endCard(tx, vault, { personId, cardId, because: 'lost' }, { type: 'broker' })
  const factors = of('key', 'password', 'totp', 'identity')
  await tellRemoved(tx, { vault, personId }, factors, 'removed')
  const aside = over.filter(({ kind }) => kind === 'password' || kind === 'totp')
  await deleteSetAside(
    tx,
    seals,
    personId,
    aside.map(({ name }) => name),
  )
  for (const { kind, name } of over.filter((one) => isDenied(one)))
    if (kind === 'key') await suspendKeyOf(tx, seals, { personId, passkeyId: name }, now)
    else if (kind === 'password' || kind === 'totp')
      await suspendFactor(tx, seals, kind, { personId, factorId: name }, now)
  const left = over.map(({ kind, name }): Way => `${kind} ${name}`)
  await dropWays(tx, seals, personId, left)
  return over.length > 0
}
