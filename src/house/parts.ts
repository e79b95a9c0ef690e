import type { DayClosing } from '../base/jobs/day-closing.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { makeRequirePerson } from '../base/web/person.ts'
import type { Operation } from '../base/web/operation.ts'
import type { Forget } from '../base/web/room.ts'
import { makeTries } from '../base/web/limits/tries.ts'
import { meContext } from '../api/me/index.ts'
import type { DecisionContext } from '../consent/decisions/index.ts'
import { makeNotary, principalOf, registerEpoch } from '../consent/record/index.ts'
import type { Eraser } from '../consent/erasure/index.ts'
import { readFlows } from '../consent/standing/index.ts'
import { forgetContent } from '../consent/erasure/index.ts'
import type { FoldParts } from '../ledger/fold/index.ts'
import { policyText } from '../ledger/transparency-log/index.ts'
import { verifierObject } from '../ledger/verifier/index.ts'
import { myAccessPath } from '../pages/my-access/index.ts'
import type { PlannedWork } from '../pages/status/index.ts'
import type { HelpVault } from '../people/helps/index.ts'
import { mandateSeals } from '../people/mandates/index.ts'
import type { OpensAccess } from '../people/notifications/index.ts'
import { makeLetters } from '../people/notifications/index.ts'
import type { OpenProvider } from '../provider/index.ts'
import type { HashCost } from '../signin/factors/index.ts'
import {
  makeCardProofs,
  makeCodeProofs,
  makeHash,
  makePasswords,
  openPeppers,
  opensAccess,
  pepperSeals,
} from '../signin/factors/index.ts'
import { upstreamWay } from '../signin/journey/index.ts'
import type { Upstreams } from '../signin/upstream/index.ts'
import { tellMissingSecrets } from '../signin/upstream/index.ts'
import type { LevelThree } from '../webauthn/index.ts'
import { relyingPartyOf } from '../webauthn/index.ts'
import { openMediaShelf } from '../registry/index.ts'
import { desksOf } from './desk.ts'
import { limitsOf } from './limits.ts'

/** What the rooms of one process are made with: each names what it needs of it. */
export type HouseParts = ReturnType<typeof partsOf>

type Chosen = {
  readonly databaseUrl: string
  readonly levelThree: LevelThree | undefined
  readonly planned: () => Promise<readonly PlannedWork[]>
  /** Of a house of a test; undefined: the one of a deployment. */
  readonly hashCost: HashCost | undefined
  /** The operations of all rooms. */
  readonly operations: readonly Operation[]
  /** The deletions of all rooms. */
  readonly forgets: readonly Forget[]
  /** What is closed day by day. */
  readonly closings: readonly DayClosing[]
  /** What the tellers of all rooms are, by the register of now. */
  readonly foldNow: () => Promise<FoldParts>
}

export function partsOf(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
  chosen: Chosen,
) {
  const { config, db } = foundation
  const { live, vault } = context
  const { callers, sessions, visits, whoIsThis, sessionCookie } = provider
  const person = makeRequirePerson(foundation, whoIsThis, visits)
  const notary = makeNotary(foundation, live, vault, readFlows)
  const ways = waysOf(foundation, context, chosen)
  const { passwords, tries, providers } = ways
  const { desk, openDesk, deskSessions } = desksOf(foundation, context, chosen.levelThree)
  const seals = mandateSeals(foundation.keys)
  const helps: HelpVault = { db, vault, seals, sessions, deskSessions }
  const own = meContext({ ...provider, foundation, live, notary, passwords }, tries)
  return {
    ...chosen,
    foundation,
    context,
    live,
    media: openMediaShelf(config.registerMediaDir, foundation.log),
    vault,
    provider,
    callers,
    sessions,
    visits,
    person,
    tries,
    notary,
    providers,
    home: myAccessPath,
    party: relyingPartyOf(config, { seals: vault.seals, log: foundation.log }),
    limits: limitsOf(config),
    own,
    desk: { ...desk, pairwise: context.pairwise, helps, tries, sessions },
    journey: {
      ...ways,
      ...provider,
      openDesk,
      principalOf: (id: string) => principalOf(notary, id),
    },
    helps,
    access: { foundation, ...ways, ...provider, live, notary, person, helps },
    myData: { ...own, person, partsNow: chosen.foldNow },
    deskKeys: {
      foundation,
      tries,
      vault: { vault, seals: mandateSeals(foundation.keys) },
      levelThree: chosen.levelThree,
      principalOf: (id: string) => principalOf(notary, id),
    },
    kiosk: { foundation, ...provider, cookieName: sessionCookie },
    policyText: () => policyText(db, config),
    publicObjects: [verifierObject],
    opensAccess: (...of: Parameters<OpensAccess>) => opensAccess(db, passwords.addressMarks, ...of),
    ...erasing(foundation, context, chosen.forgets),
  }
}

/** How people sign in. */
function waysOf(
  foundation: Foundation,
  context: DecisionContext,
  { levelThree, hashCost }: Pick<Chosen, 'levelThree' | 'hashCost'>,
) {
  const { db, keys } = foundation
  const { live, vault } = context
  const tries = makeTries(foundation) // one queue of signatures a process
  const peppers = pepperSeals(keys.data)
  // One queue of hashes a process.
  const slowly = { hash: makeHash(hashCost), openKept: () => openPeppers(db, peppers) }
  tellMissingSecrets(foundation, live.current().identityProviders.values())
  const providers = providersOf(context)
  const held = () => live.current().identityProviders
  const known = () => live.current().knownProviders
  const way = { providers, held, known, tries, seals: vault.seals }
  return {
    vault,
    tries,
    levelThree,
    passwords: makePasswords(keys.data, vault, slowly),
    codeProofs: makeCodeProofs(keys.data, slowly),
    cards: makeCardProofs(keys.data, slowly.openKept),
    letters: makeLetters(foundation, tries),
    providers,
    upstream: upstreamWay(foundation, way, (origin) => live.current().serviceAt(origin)),
  }
}

function erasing(
  foundation: Foundation,
  { vault, pairwise }: DecisionContext,
  forgets: Chosen['forgets'],
) {
  const { issuer } = foundation.config
  const eraser: Eraser = { vault, pairwise, statements: foundation, issuer }
  return {
    eraser,
    /** What goes of a person whose access is erased now. */
    forgetsAt: (now: Date): readonly Forget[] => [forgetContent(eraser, now), ...forgets],
  }
}

// A provider that was suspended is not there at the next request, whichever process answers. Without providers nothing is read.
function providersOf({ db, live }: Pick<DecisionContext, 'db' | 'live'>): Upstreams {
  return async () => {
    const { identityProviders } = live.current()
    if (identityProviders.size === 0) return identityProviders
    return (await live.at(await registerEpoch(db))).identityProviders
  }
}
