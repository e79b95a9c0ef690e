import type { Config } from '../base/settings/config.ts'
import { bodyLimits } from '../base/web/forms.ts'
import { publishedTries, visitsOfBrowser } from '../base/web/limits/policies.ts'
import { largestBatch, largestPage } from '../api/authzen/index.ts'
import { maxItems, maxLive, maxOpen } from '../consent/asking/index.ts'
import { largestReportList } from '../consent/disclosures/index.ts'
import { maxOpenDisputes } from '../consent/disputes/index.ts'
import { triesADay } from '../consent/matching/index.ts'
import { mostStreams } from '../consent/signals/index.ts'
import { helpCodeSeconds, helpRequestSeconds } from '../people/helps/index.ts'
import { helpSeconds } from '../people/mandates/index.ts'
import { deskIdleSeconds, deskSessionSeconds } from '../people/offices/index.ts'
import {
  largestDetails,
  maxObjectBytes,
  maxOpaque,
  maxSessions,
  requestsADay,
} from '../provider/index.ts'
import { largestService, maxCategories } from '../registry/index.ts'
import { passwordCharacters } from '../signin/factors/index.ts'
import { maxPasskeys } from '../webauthn/index.ts'

/** The limits that are published, of all rooms. */
export const limitsOf = (config: Config) => ({
  body_bytes: bodyLimits,
  authorization_details: { items: maxItems, bytes: largestDetails },
  evaluations: largestBatch,
  reports: largestReportList,
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
  desk: {
    idle_seconds: deskIdleSeconds,
    session_seconds: deskSessionSeconds,
    sessions: 1,
    help_seconds: helpSeconds,
    help_code_seconds: helpCodeSeconds,
    help_request_seconds: helpRequestSeconds,
  },
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
