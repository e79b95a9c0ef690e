import { randomUUID } from 'node:crypto'
import { transact } from '../../src/base/database/database.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import type { Level } from '../../src/base/values/assurance-levels.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { makePairwise, tellAdded } from '../../src/people/accounts/index.ts'
import type { VouchedClaims } from '../../src/people/identity/index.ts'
import { identitySeals } from '../../src/people/identity/index.ts'
import { principalOf } from '../../src/consent/record/index.ts'
import type { UpstreamPerson } from '../../src/signin/upstream/index.ts'
import { addIdentity, noteVouched, upstreamPersonBy } from '../../src/signin/upstream/index.ts'
import { gateFor } from './gate.ts'
import type { OpenBroker } from './person.ts'

/** An account elsewhere of a person, by the deeds that a sign-in there calls. */
export type Vouching = {
  readonly factorId: string
  /** Its provider says something of her again. */
  says(vouched: VouchedClaims, level?: Level, at?: Date): Promise<void>
}

/** Links an account elsewhere to somebody’s access, whose provider vouches for these values. */
export async function vouchFor(
  { db, keysDir, issuer: own }: OpenBroker,
  personId: string,
  vouched: VouchedClaims,
  {
    issuer = 'https://id.elsewhere.test',
    level = 'urn:accord:aal:2',
    at = new Date(),
  }: { readonly issuer?: string; readonly level?: Level; readonly at?: Date } = {},
): Promise<Vouching> {
  const keys = await openKeys(keysDir)
  const [vault, seals] = [makeVault(keys, signalMapping), identitySeals(keys)]
  const origin = { requestId: randomUUID(), network: undefined }
  const subject = randomUUID()
  const named = { issuer: own, pairwise: makePairwise(keys.pairwise) }
  const there = (values: VouchedClaims, reached: Level, now: Date): UpstreamPerson => ({
    ...upstreamPersonBy(
      seals,
      provider(issuer),
      { issuer, subject, acr: undefined, session: undefined, secondsAgo: 0, vouched: values },
      now,
    ),
    level: reached,
  })
  const first = there(vouched, level, at)
  const factorId = await transact(db, async (tx) => {
    const added = await addIdentity(tx, vault.seals, gateFor(personId), first, { origin, now: at })
    if (added === undefined) throw new Error('a new account opens nothing yet')
    await noteVouched(tx, seals, { personId, factorId: added }, first, { origin, now: at })
    const told = { vault, personId, principalOf: (id: string) => principalOf(named, id) }
    await tellAdded(tx, told, { factor: { factorId: added, factor: 'identity' }, by: [] }, at)
    return added
  })
  return {
    factorId,
    async says(values, reached = level, now = new Date()) {
      const said = there(values, reached, now)
      await transact(db, (tx) =>
        noteVouched(tx, seals, { personId, factorId }, said, { origin, now }),
      )
    },
  }
}

function provider(issuer: string) {
  return {
    id: 'elsewhere',
    version: 1,
    name: { fr: 'Ailleurs', en: 'Elsewhere' },
    issuer,
    clientId: 'accord',
    secret: undefined,
    scopes: ['openid'],
    levels: new Map<string, Level>(),
    ceiling: 'urn:accord:aal:2' as const,
    vouchesFor: [],
    claimsFrom: 'id_token' as const,
  }
}
