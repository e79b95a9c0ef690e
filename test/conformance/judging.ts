import type { Agent } from './agent.ts'
import type { Client } from './clients.ts'

// What a module is, and how it is judged. Nothing in this folder but its tests imports anything of the product, of its library or of
// its test support: a judge that shares code with whom it judges shares its errors (docs/design/house.md#conformance; a house test holds this).

export type Result = 'PASSED' | 'WARNING' | 'FAILED' | 'SKIPPED'

/** What a judge is told of a provider: what the configuration file of the OpenID Foundation's suite says, and who acts there. */
export type Judged = {
  readonly issuer: string
  readonly clients: Clients
  /** A way to the provider, of a browser or a server of its own: redirects are not followed. */
  connect(): Network
  /** The page where people find what was asked of them from elsewhere. */
  readonly requestsAt: string
  /** Somebody who has an access there, and was never at these clients. */
  newPerson(): Promise<Person>
  /** The logout token that came to the address of a client. Waits for it, for a while. */
  logoutToken(client: Client, isWanted: (token: string) => boolean): Promise<string | undefined>
  /** Where security events may be pushed to: any path under this address. */
  readonly pushAt: string
  /** The security event that came to a path there. Waits for it, for a while. */
  pushed(path: string, isWanted: (token: string) => boolean): Promise<PushedToken | undefined>
  /** Lets something happen to her access: what the suite asks its user to do. */
  happen(what: 'session-revoked' | 'credential-change', person: Person): Promise<void>
}

export type PushedToken = {
  readonly token: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type Clients = {
  readonly basic: Client
  readonly post: Client
  readonly pkce: Client
  readonly fapi: Client
  readonly fapiOther: Client
  readonly signing: Client
  readonly signingOther: Client
  readonly ciba: Client
  readonly cibaOther: Client
  /** Signs people in, and has a program that reads streams. */
  readonly signals: Client
}

export type Network = (url: string, init?: RequestInit) => Promise<Response>

/** What a browser shows. */
export type Shown = { readonly url: string; readonly status: number; readonly body: string }
export type Sent = { readonly action: string; readonly fields: Readonly<Record<string, string>> }

export type Person = {
  /** What she sends from this page to go on: her proof, or her yes. undefined: the page asks nothing of her. */
  goOn(page: Shown): Sent | undefined
  /** What she sends to turn back to the client. */
  turnBack(page: Shown): Sent | undefined
  /** What she sends to let a client sign her in that asked for it from elsewhere, or to refuse it. */
  approve(page: Shown): Sent | undefined
  decline(page: Shown): Sent | undefined
}

/** One module on its way. */
export type Trial = {
  readonly judged: Judged
  readonly metadata: Readonly<Record<string, unknown>>
  /** `/jwks`, as it was published. */
  readonly published: Readonly<Record<string, unknown>>
  /** Somebody of this plan; she is made when she is first needed. */
  person(): Promise<Person>
  /** A browser in which the person is signed in already, with cookies of its own. */
  signedIn(): Promise<Agent>
  /** What one answer told for the next call. */
  readonly memory: { nonce?: string }
  /** Notes what is allowed, but not as it should be. */
  warn(says: string): void
}

export type Params = Readonly<Record<string, string | undefined>>

export type Answered = {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** undefined: it is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

/** A request on its way, and what the client remembers of it. */
export type Errand = {
  readonly client: Client
  readonly url: string
  /** As it was asked, pushed or signed. */
  readonly params: Readonly<Record<string, string>>
  readonly verifier: string | undefined
}

export type Tokens = Readonly<Record<string, unknown>> & { readonly access_token: string }

export type Module = {
  readonly name: string
  /** It waits, as the standard has it, or is judged in another plan too: the drill runs it, and whoever writes the record. */
  readonly isLong?: true
  judge(trial: Trial): Promise<void>
}

export type Plan = {
  readonly name: string
  /** How it is run: the suite's variants, by their names. */
  readonly variant: Readonly<Record<string, string>>
  readonly modules: readonly Module[]
}

export type Verdict = {
  readonly plan: string
  readonly module: string
  readonly result: Result
  readonly why?: string
}

class Fault extends Error {}
class Skip extends Error {}

/** @throws Fault unless it holds */
export function demand(holds: boolean, says: string): asserts holds {
  if (!holds) throw new Fault(says)
}

/** @throws Skip, which ends the module: it is not about this provider */
export function skip(why: string): never {
  throw new Skip(why)
}

export function equal(found: unknown, expected: unknown, what: string): void {
  demand(found === expected, `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
}

export type Chosen = (modules: readonly Module[]) => readonly Module[]

/** Leaves out what is long, in a plan of which a part is judged in another one. */
export function longBut(names: readonly string[], modules: readonly Module[]): Module[] {
  return modules.map((module) =>
    names.includes(module.name) ? module : { ...module, isLong: true },
  )
}

/** Runs modules of a plan, several at once, each in a trial of its own; their verdicts in the same order. */
export async function judgePlan(
  { name, modules }: Plan,
  open: Opening,
  chosen: Chosen,
  atOnce: number,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  const waiting = chosen(modules).entries()
  const worker = async () => {
    for (const [place, module] of waiting)
      verdicts[place] = { plan: name, module: module.name, ...(await verdictOf(module, open)) }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return verdicts
}

/** Opens a trial whose warnings go there. */
export type Opening = (warn: Trial['warn']) => Promise<Trial>

async function verdictOf(module: Module, open: Opening): Promise<Pick<Verdict, 'result' | 'why'>> {
  const warnings = new Set<string>()
  try {
    await module.judge(await open((says) => warnings.add(says)))
  } catch (error) {
    if (error instanceof Skip) return { result: 'SKIPPED', why: error.message }
    // Whatever else ends a module is a fault, also one of the judge: it is looked at, never passed over.
    const why = error instanceof Fault ? error.message : String(error)
    return { result: 'FAILED', why }
  }
  if (warnings.size > 0) return { result: 'WARNING', why: [...warnings].join('; ') }
  return { result: 'PASSED' }
}
