import type { LevelThree } from './key-level.ts'
import type { RowGuard } from '../base/sealing/row-seal.ts'

/** Who we are to an authenticator (WebAuthn Level 3, 5.4.2). */
export type RelyingParty = {
  readonly id: string
  readonly name: string
  readonly origin: string
  /** Which device to offer first (Level 3, 5.8.7): at a public terminal, the telephone that the person has with her. */
  readonly hints: readonly 'hybrid'[]
  /** By what our own rows about keys are believed. */
  readonly guard: RowGuard
  /** By what a key is believed to be of a model that suffices for the device-bound level; undefined: none is. */
  readonly levelThree: LevelThree | undefined
}

type Deployment = { readonly issuer: string; readonly brand: string; readonly kiosk: boolean }

export function relyingPartyOf(
  { issuer, brand, kiosk }: Deployment,
  guard: RowGuard,
  levelThree?: LevelThree,
): RelyingParty {
  const hints = kiosk ? (['hybrid'] as const) : []
  return { id: new URL(issuer).hostname, name: brand, origin: issuer, hints, guard, levelThree }
}

/** Offered and accepted at creation, and no others: ES256, EdDSA, RS256 (COSE numbers). */
export const algorithms = [-7, -8, -257]

export const promptTimeoutMs = 5 * 60 * 1000
