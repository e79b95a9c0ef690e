import type { LevelThree } from './key-level.ts'
import type { RowGuard } from '../base/sealing/row-seal.ts'

/** Who we are to an authenticator (WebAuthn Level 3, 5.4.2). */
export type RelyingParty = {
  readonly id: string
  readonly name: string
  readonly origin: string
  /** Which device to offer first (Level 3, 5.8.7): at a public terminal, the telephone or the security key that the person has with her. */
  readonly hints: readonly ('hybrid' | 'security-key')[]
  /** Whether a key is made and kept in what a person takes away with her alone: nothing stays in a public terminal. */
  readonly isPublicTerminal: boolean
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
  const id = new URL(issuer).hostname
  const hints = kiosk ? (['hybrid', 'security-key'] as const) : []
  return { id, name: brand, origin: issuer, hints, isPublicTerminal: kiosk, guard, levelThree }
}

/** Offered and accepted at creation, and no others: ES256, EdDSA, RS256 (COSE numbers). */
export const algorithms = [-7, -8, -257]

export const promptTimeoutMs = 5 * 60 * 1000
