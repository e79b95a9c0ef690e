import type { Transaction } from '../database/database.ts'
import type { FlowGate } from '../values/gate.ts'
import type { Bilingual } from '../values/languages.ts'

/** A request of a service that a person signs in there (OpenID Connect CIBA Core 1.0), as she is asked. */
export type SignInRequest = {
  readonly requestId: string
  readonly orgId: string
  readonly serviceId: string
  /** Two words of ours, which the service has too. */
  readonly words: Bilingual
  /** The level that the service asks for. */
  readonly level: string | undefined
  readonly requestedAt: Date
  readonly expiresAt: Date
}

/** Her session, in which she approves. */
export type Approver = {
  readonly personId: string
  readonly sessionUid: string
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: Date
}

/** Where she approves it: the number of that request to us, and its truncated network. */
type AskedFrom = { readonly requestId: string; readonly network: string | undefined }

/** A body of which she wants no such requests. */
export type SignInSilence = { readonly orgId: string; readonly silencedAt: Date }

/** The port to such requests: pages show them, the provider answers the service. Deeds come after the account's lock. */
export type SignInRequests = {
  /** Those that wait for her, oldest first. */
  waiting(personId: string): Promise<readonly SignInRequest[]>
  /** From now on the service gets the sign-in, once, by the gate of her session. @throws Refusal sign-in-request.over (410) where it does not wait any more */
  approve(
    tx: Transaction,
    gate: FlowGate,
    by: Approver,
    requestId: string,
    from: AskedFrom,
  ): Promise<void>
  /** @returns what was refused; undefined: it does not wait any more */
  refuse(tx: Transaction, personId: string, requestId: string): Promise<SignInRequest | undefined>
  /** Shows her no more of a body, and refuses what waits. @returns false: it was so already */
  silence(tx: Transaction, personId: string, orgId: string): Promise<boolean>
  /** @returns false: it was so already */
  allow(tx: Transaction, personId: string, orgId: string): Promise<boolean>
  silences(personId: string): Promise<readonly SignInSilence[]>
}
