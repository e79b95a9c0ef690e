import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { fetchText, readable } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import type { PolicyTrust } from '../../base/tlog/policy-trust.ts'
import { doubtsOfQuorum, onlyTheAddress, trustOf } from '../../base/tlog/policy-trust.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { MonitorState } from './shapes.ts'
import type { WatchedAddress } from './served-log.ts'

// Whom a monitor trusts: a policy file of its own, or what the address served at the first pass. A later answer of the address never
// lowers these demands.

export type MonitorTrust = {
  /** The logs, and the witnesses that are demanded. */
  readonly policy: LogPolicy
  /** Whether the policy stands in a file of the monitor's: then its keys are known, and no other key is. */
  readonly isOwn: boolean
  /** Whether somebody else than the address gave the policy: then its addresses may be called. */
  readonly asksWitnesses: boolean
  /** What the next pass demands of witnesses, where no file is given. */
  readonly witnesses: string | null
  readonly findings: readonly Finding[]
  readonly news: readonly string[]
  /** Why what is checked by it is not proved, in sentences. */
  readonly notProved: readonly string[]
}

type Asked = {
  readonly file: string | undefined
  readonly pin?: string | undefined
  readonly accepts: boolean
}

/** @throws OperatorError where nobody says which logs there are */
export async function trustFor(
  looked: WatchedAddress,
  before: MonitorState,
  { file, pin, accepts }: Asked,
): Promise<MonitorTrust> {
  const place = `${looked.logs}/policy`
  if (file !== undefined) {
    const trust = await trustOf({ policy: file })
    return { ...(await ownTrust(looked, before, { ...trust, file }, place)), asksWitnesses: true }
  }
  if (pin !== undefined) {
    const trust = await trustOf({ pin }, place)
    return {
      ...(await ownTrust(looked, before, { ...trust, file: pin }, place)),
      asksWitnesses: false,
    }
  }
  const served = await servedPolicy(place, before)
  const witnesses = linesOf(served.text, isOfWitnesses)
  const kept = accepts ? null : before.witnesses
  const [findings, news] = [[...served.findings], [] as string[]]
  if (kept !== null && kept !== witnesses)
    findings.push({ where: place, because: 'other witnesses, or another quorum, than before' })
  if (accepts && before.witnesses !== null && before.witnesses !== witnesses)
    news.push(`${place}: other witnesses, or another quorum, than before: accepted`)
  const demanded = kept ?? witnesses
  const text = linesOf(served.text, (line) => line.startsWith('log ')) + demanded
  const policy = readable(place, () => readPolicy(text))
  const notProved = [onlyTheAddress, ...doubtsOfQuorum(policy)]
  const asksWitnesses = false
  return { policy, isOwn: false, asksWitnesses, witnesses: demanded, findings, news, notProved }
}

type OwnPolicy = PolicyTrust & { readonly file: string }

async function ownTrust(
  looked: WatchedAddress,
  before: MonitorState,
  { policy, file, notProved }: OwnPolicy,
  place: string,
) {
  const isKnown = (name: string) => policy.logs.some(({ verifier }) => verifier.name === name)
  // A log that is no house's has no policy beside it.
  const served = await policyAt(place).catch(recoverFrom(OperatorError, () => undefined))
  const names = served?.policy.logs.map(({ verifier }) => verifier.name) ?? []
  const isAsked = (name: string) => looked.own === undefined || looked.own === name
  const news = [...new Set(names)]
    .filter((name) => !isKnown(name) && isAsked(name))
    .map((name) => `${place} names the log ${name}, which ${file} does not: it is not watched`)
  return { policy, isOwn: true, witnesses: before.witnesses, findings: [], news, notProved }
}

type PolicyServed = { readonly text: string; readonly findings: readonly Finding[] }

/** The policy as it is served; where it cannot be read, as it was known at the last pass. */
async function servedPolicy(place: string, before: MonitorState): Promise<PolicyServed> {
  const known = policyKnown(before)
  const served = policyAt(place).then(({ text }): PolicyServed => ({ text, findings: [] }))
  if (known === undefined) return served
  return served.catch(
    recoverFrom(OperatorError, ({ message }) => ({
      text: known,
      findings: [{ where: place, because: message }],
    })),
  )
}

/** @throws OperatorError */
async function policyAt(place: string) {
  const text = await fetchText(place)
  return { text, policy: readable(place, () => readPolicy(text)) }
}

/** The logs and witnesses of the last pass, as a policy names them; undefined before the first. */
function policyKnown({ logs, witnesses }: MonitorState): string | undefined {
  const lines = Object.values(logs).flatMap(({ url, keys }) =>
    Object.keys(keys).map((vkey) => `log ${vkey} ${url}\n`),
  )
  return lines.length === 0 || witnesses === null ? undefined : lines.join('') + witnesses
}

function isOfWitnesses(line: string): boolean {
  return /^(?:(?:witness|group|quorum) |#\s*classical-until\s)/.test(line)
}

function linesOf(text: string, isTaken: (line: string) => boolean): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(isTaken)
    .map((line) => `${line}\n`)
    .join('')
}
