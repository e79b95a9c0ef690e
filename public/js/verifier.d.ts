export type Step = {
  readonly step: string
  readonly holds: boolean
  readonly values: Readonly<Record<string, string | number>>
}
/** Signatures that hold; `unchecked`, those of an algorithm that this browser has not. */
export type OpenedNote = {
  readonly text: string
  readonly signatures: readonly {
    readonly name: string
    readonly vkey: string
    readonly time: number | undefined
  }[]
  readonly unchecked: readonly { readonly name: string; readonly vkey: string }[]
}
export function openNote(note: string, vkeys: readonly string[]): Promise<OpenedNote | undefined>
export type TrustedPolicy = {
  readonly logs: readonly string[]
  readonly witnesses: readonly string[]
  /** From then on signatures of Ed25519 and ES256 count only below an older tree; undefined: the policy names no day. */
  readonly until: number | undefined
  isMet(vkeys: readonly string[]): boolean
}
export function readPolicy(file: string): Promise<TrustedPolicy>
/** @param now in milliseconds @returns undefined for what is no note of these keys */
export function openByPolicy(
  read: { readonly note: string; readonly origin: string },
  policy: TrustedPolicy,
  now?: number,
): Promise<
  (OpenedNote & { readonly isByLog: boolean; readonly holdsClassical: boolean }) | undefined
>
/** The claims of a receipt or of a certificate, as they were signed. */
export type SignedClaims = Readonly<Record<string, unknown>>
export type VerifierTrust = { readonly keys: readonly object[]; readonly policy: string }
export function signedClaims(
  receipt: string,
  keys: readonly object[],
): Promise<SignedClaims | undefined>
export function fingerprintOf(words: string): Promise<string>
/** A key that is trusted, and the SHA-256 of its public half in groups of four digits. */
export type KeyPrint = {
  readonly kind: 'receipt' | 'log' | 'witness'
  readonly name: string
  readonly print: string
}
export function printsOf(trust: VerifierTrust): Promise<readonly KeyPrint[]>
export function headingOf(
  steps: readonly Step[],
): 'all' | 'all-but' | 'receipt-only' | 'not' | 'not-sure'
export function isRemark(step: Pick<Step, 'step'>): boolean
export function check(
  receipt: string,
  proof: string,
  trust: VerifierTrust,
): Promise<readonly Step[]>
/** Whether a key signed this challenge, at this issuer's site, with user verification. @throws for what is none */
export function isAssertion(
  signed: Readonly<Record<string, unknown>>,
  challenge: Uint8Array,
  issuer: string,
): Promise<boolean>
/** Whether the signature in an answer's event is of exactly this answer to this page, at this issuer's site. @throws for what is none */
export function signsAnswer(
  written: Readonly<Record<string, unknown>>,
  page: Readonly<Record<string, unknown>> | undefined,
  issuer: string,
): Promise<boolean>
/** The text that the key of an answer signed, by the events of the answer and of its page. */
export function signedText(
  written: Readonly<Record<string, unknown>>,
  page: Readonly<Record<string, unknown>> | undefined,
  issuer: string,
): string
/** What a text of nineteen lines says, each by its name; undefined for any other text. */
export function linesIn(signed: string): Readonly<Record<string, string>> | undefined
/** Whether an answer says no more than its page, by the events of both. */
export function isWithinPage(
  answer: Readonly<Record<string, unknown>>,
  page: Readonly<Record<string, unknown>>,
): boolean
