import { myAccessPath, myAccessRoutes } from '../pages/my-access/index.ts'
import { myActivityRoutes } from '../pages/my-activity/index.ts'
import {
  authzenOperations,
  authzenRoutes,
  largestBatch,
  largestPage,
} from '../api/authzen/index.ts'
import type { Config } from '../base/settings/config.ts'
import {
  againRoutes,
  consentRoutes,
  noticeRoutes,
  maxItems,
  maxLive,
  maxOpen,
  keptRoutes,
  laterRoutes,
  severalRoutes,
  waitingRoutes,
} from '../consent/asking/index.ts'
import { claimsRoutes } from '../consent/claims/index.ts'
import { makeNotary, principalOf, registerEpoch } from '../consent/record/index.ts'
import { mySharingRoutes } from '../pages/my-sharing/index.ts'
import {
  disputeApi,
  disputeOperations,
  disputeRoutes,
  maxOpenDisputes,
} from '../consent/disputes/index.ts'
import type { DecisionContext } from '../consent/decisions/index.ts'
import type { HashCost } from '../signin/factors/index.ts'
import {
  makeCodeProofs,
  makeHash,
  makePasswords,
  openPeppers,
  passwordCharacters,
  pepperSeals,
} from '../signin/factors/index.ts'
import { beginRoutes } from '../base/web/begin.ts'
import { bodyLimits } from '../base/web/forms.ts'
import type { Endpoint, ServedRoutes } from '../base/web/endpoints.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { Operation } from '../base/web/operation.ts'
import { makeRequirePerson } from '../base/web/person.ts'
import { publishedTries, visitsOfBrowser } from '../base/web/limits/policies.ts'
import { makeTries } from '../base/web/limits/tries.ts'
import { kioskRoutes } from '../pages/kiosk/index.ts'
import { logRoutes, policyText } from '../ledger/transparency-log/index.ts'
import { matchingOperations, matchingRoutes, triesADay } from '../consent/matching/index.ts'
import { identitySeals, makeVerifiedIdentities } from '../people/identity/index.ts'
import { meApiRoutes, meContext, meOperations } from '../api/me/index.ts'
import { checkRoutes, makeLetters, notificationRoutes } from '../people/notifications/index.ts'
import { docsRoutes, openapiRoutes } from '../api/openapi/index.ts'
import type { OpenProvider } from '../provider/index.ts'
import {
  errorListRoutes,
  largestDetails,
  maxObjectBytes,
  maxOpaque,
  maxSessions,
  requestsADay,
  returnRoutes,
} from '../provider/index.ts'
import { largestService, maxCategories } from '../registry/index.ts'
import { reportOperations, reportRoutes } from '../consent/disclosures/index.ts'
import { partsNow } from './folds.ts'
import {
  lawReportRoutes,
  openDataFileRoutes,
  openDataOperations,
  openDataRoutes,
  ownFiguresRoutes,
} from '../pages/open-data/index.ts'
import { myDataRoutes } from '../pages/my-data/index.ts'
import { publicRegisterRoutes, registerOperations } from '../pages/register/index.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { Upstreams } from '../signin/upstream/index.ts'
import { tellMissingSecrets } from '../signin/upstream/index.ts'
import type { Database } from '../base/database/database.ts'
import { signinRoutes, upstreamReturnRoutes, upstreamWay } from '../signin/journey/index.ts'
import { mostStreams, signalsOperations, signalsRoutes } from '../consent/signals/index.ts'
import { stopOperations, stopRoutes } from '../consent/stops/index.ts'
import { siteApiRoutes, siteFileRoutes, siteOperations, siteRoutes } from '../pages/site/index.ts'
import { circulationRoutes } from '../pages/circulation/index.ts'
import type { Planned } from '../pages/status/index.ts'
import { statusOperations, statusRoutes } from '../pages/status/index.ts'
import { verifierRoutes } from '../ledger/verifier/index.ts'
import type { LevelThree } from '../webauthn/index.ts'
import { maxPasskeys } from '../webauthn/index.ts'

type Chosen = {
  readonly levelThree: LevelThree | undefined
  readonly planned: () => Promise<readonly Planned[]>
  /** Of a house of a test; undefined: the one of a deployment. */
  readonly hashCost: HashCost | undefined
}

/** The routes of all rooms, in the order in which they are tried. */
export function roomsOf(
  foundation: Foundation,
  provider: OpenProvider,
  context: DecisionContext,
  { levelThree, planned, hashCost }: Chosen,
): readonly ServedRoutes[] {
  const { config, db, keys } = foundation
  const { live, vault } = context
  const { callers, sessions, visits } = provider
  const person = makeRequirePerson(foundation, provider.whoIsThis, visits)
  const tries = makeTries(foundation) // one queue of signatures a process
  const notary = makeNotary(foundation, live, vault)
  const named = (personId: string) => principalOf(notary, personId)
  const peppers = pepperSeals(keys.data)
  // One queue of hashes a process.
  const slowly = { hash: makeHash(hashCost), openKept: () => openPeppers(db, peppers) }
  const passwords = makePasswords(keys.data, vault, slowly)
  const codeProofs = makeCodeProofs(keys.data, slowly)
  const letters = makeLetters(foundation, tries)
  const ways = { vault, passwords, codeProofs, tries, levelThree, letters }
  const own = meContext({ ...provider, foundation, live, notary, passwords }, tries)
  tellMissingSecrets(foundation, live.current().identityProviders.values())
  const serviceAt = (origin: string) => live.current().serviceAt(origin)
  const held = () => live.current().identityProviders
  const known = { providers: upstreamsOf(db, live), held, tries, seals: vault.seals }
  const upstream = upstreamWay(foundation, known, serviceAt)
  const asking = { foundation, live, vault, notary, visits, person, tries }
  const kiosk = { foundation, ...provider, cookieName: provider.sessionCookie }
  // The rooms with pages of a person: a sign-in of hers leads back there.
  const questions = askingRoutes.map((asked) => asked(asking))
  const hers = [
    ...questions,
    disputeRoutes({ ...context, foundation, person }),
    mySharingRoutes({ foundation, live, vault, notary, person, tries }),
    myActivityRoutes({ foundation, live, vault, person }),
    myAccessRoutes({ foundation, ...ways, ...provider, live, notary, person, upstream }),
    myDataRoutes({ ...own, person, partsNow: () => partsNow(context) }),
    notificationRoutes({ foundation, person, tries }),
  ]
  return [
    ...(config.kiosk ? [kioskRoutes(kiosk)] : []),
    ...openRooms(foundation, live, planned), // before any cookie is read
    openapiRoutes(foundation, operations),
    docsRoutes(foundation, operations),
    errorListRoutes(foundation),
    logRoutes(foundation),
    verifierRoutes(foundation, () => policyText(foundation.db, config.issuer)),
    ...authzenRoutes(foundation, callers, context),
    checkRoutes(foundation, tries),
    ...bodyRoutes.map((those) => those(foundation, callers, context)),
    beginRoutes(foundation, visits),
    meApiRoutes(own, callers),
    matchingRoutes(matchingOf(foundation, context), callers),
    signinRoutes(foundation, { ...ways, ...provider, principalOf: named, upstream }),
    ...upstreamReturnRoutes(foundation, { upstream, sessions, vault, tries }),
    ...hers,
    returnRoutes({ pages: endpointsOf(hers), kept: endpointsOf(questions), home: myAccessPath }),
    provider.oidc, // last: speaks OpenID Connect, one request in one atomic unit
  ]
}

/** What anybody may read. */
function openRooms(
  foundation: Foundation,
  live: LiveRegister,
  planned: Chosen['planned'],
): readonly ServedRoutes[] {
  return [
    siteRoutes(foundation, live.current),
    siteFileRoutes(foundation),
    ...statusRoutes(foundation, planned),
    ...circulationRoutes(foundation, () => live.current()),
    openDataRoutes(foundation, live.current),
    lawReportRoutes(foundation, live.current),
    openDataFileRoutes(foundation, () => live.current()),
    siteApiRoutes(foundation, limitsOf(foundation.config), () => live.current()),
    ...publicRegisterRoutes(foundation, live), // after the rooms with addresses of their own below /register
  ]
}

function matchingOf({ db, keys, log, config }: Foundation, { live, vault }: DecisionContext) {
  const parts = { db, seals: identitySeals(keys), providers: upstreamsOf(db, live) }
  const { matchingNoMatchesADay: noMatchesADay } = config
  return { db, vault, log, identities: makeVerifiedIdentities(parts), noMatchesADay }
}

// A provider that was suspended is not there at the next request, whichever process answers. Without providers nothing is read.
function upstreamsOf(db: Database, live: LiveRegister): Upstreams {
  return async () => {
    const { identityProviders } = live.current()
    if (identityProviders.size === 0) return identityProviders
    return (await live.at(await registerEpoch(db))).identityProviders
  }
}

export function endpointsOf(rooms: readonly ServedRoutes[]): readonly Endpoint[] {
  return rooms.flatMap((room) => room.endpoints)
}

/** What bodies that share are told, and say. */
const bodyRoutes = [reportRoutes, stopRoutes, signalsRoutes, disputeApi, ownFiguresRoutes]

const askingRoutes = [
  consentRoutes,
  severalRoutes,
  waitingRoutes,
  keptRoutes,
  laterRoutes,
  noticeRoutes,
  againRoutes,
  claimsRoutes,
]

/** The JSON operations with published shapes, room by room. */
const operations = [
  authzenOperations,
  reportOperations,
  stopOperations,
  openDataOperations,
  signalsOperations,
  disputeOperations,
  meOperations,
  matchingOperations,
  siteOperations,
  registerOperations,
  statusOperations,
].flatMap((those) => Object.values<Operation>(those))

const limitsOf = (config: Config) => ({
  body_bytes: bodyLimits,
  authorization_details: { items: maxItems, bytes: largestDetails },
  evaluations: largestBatch,
  holders_must_decide: config.holdersMustDecide ?? null,
  page: largestPage,
  categories: maxCategories,
  person: {
    consents: maxLive,
    requests: maxOpen,
    disputes: maxOpenDisputes,
    passkeys: maxPasskeys,
    sessions: maxSessions,
  },
  password_characters: passwordCharacters,
  service: { redirect_uris: largestService.redirectUris, keys: largestService.keys },
  body_that_shares: { streams: mostStreams },
  parameter_characters: { state: maxOpaque, nonce: maxOpaque, request: maxObjectBytes },
  a_minute: {
    pushed_by_service: config.pushedPerMinute,
    visits_by_network: config.visitsPerMinute,
    visits_by_known_browser: visitsOfBrowser.points,
  },
  tries: publishedTries(),
  a_day: {
    matching: triesADay,
    matching_no_match: config.matchingNoMatchesADay,
    sign_in_requests: requestsADay,
  },
})
