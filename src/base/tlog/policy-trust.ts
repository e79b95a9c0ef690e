import { createFile, readWhole } from '../settings/atomic-file.ts'
import { NotProvedError, OperatorError } from '../values/operator-error.ts'
import { fetchText, readable, readText } from './fetch-text.ts'
import type { LogPolicy } from './log-policy.ts'
import { readPolicy } from './log-policy.ts'

// Whom a reader trusts, and whether anybody but the address that is looked at says so. What is checked by a policy that this address
// gave, or by one that demands no witness, is not proved: nothing wrong was found, and exit 3 says no more (decision 0202).

/** A report names at most so many lines of a policy. */
const mostNamed = 3

export type PolicyTrust = {
  readonly policy: LogPolicy
  /** Why what is checked by it is not proved, in sentences; none: it is. */
  readonly notProved: readonly string[]
}

export type PolicyAsked = {
  /** A file of the reader's, or an address. */
  readonly policy?: string | undefined
  /** A file that keeps what the address said first. */
  readonly pin?: string | undefined
}

/** What a policy that the address alone gave leaves open. */
export const onlyTheAddress =
  'Whose keys these are, only this address says: give --policy FILE, of keys that you learnt by another way, or keep these by --pin FILE.'
const noWitness =
  'The policy demands no witness (quorum none): another history may be shown to others.'

/**
 * @param served the policy that the address beside its logs serves, where one is looked at
 * @throws OperatorError where there is no policy, or another one than was kept
 */
export async function trustOf(
  { policy: given, pin }: PolicyAsked,
  served?: string,
): Promise<PolicyTrust> {
  const place = given ?? served
  if (place === undefined) return trustInPin(pin)
  if (!isAddress(place)) return trustIn(place, await readText(place), [])
  const text = await fetchText(place)
  if (pin !== undefined) return trustPinned(pin, place, text)
  const trust = trustIn(place, text, [])
  const isOwn = place === served || isOfLogs(place, trust.policy)
  return isOwn ? { ...trust, notProved: [onlyTheAddress, ...trust.notProved] } : trust
}

/** @throws NotProvedError, with the lines, where nobody but the house says whose log that is, or no witness is demanded */
export function requireProved({ notProved }: PolicyTrust, lines: readonly string[]): string[] {
  if (notProved.length === 0) return [...lines]
  throw new NotProvedError(nothingWrong(notProved), { lines })
}

/** What ends with 3, for who typed the command. @param reasons what is late, and what is not proved, in sentences */
export function nothingWrong(reasons: readonly string[]): string {
  return [...reasons, 'Nothing wrong was found.'].join('\n')
}

export function isAddress(place: string): boolean {
  return /^https?:\/\//.test(place)
}

/** What a policy leaves open that demands no cosignature at all. */
export function doubtsOfQuorum({ isQuorum }: LogPolicy): readonly string[] {
  return isQuorum([]) ? [noWitness] : []
}

function trustIn(place: string, text: string, notProved: readonly string[]): PolicyTrust {
  const policy = readable(place, () => readPolicy(text))
  return { policy, notProved: [...notProved, ...doubtsOfQuorum(policy)] }
}

// Somebody else who serves a policy vouches for its keys; the house of a log that is named in it does not.
function isOfLogs(place: string, { logs }: LogPolicy): boolean {
  const { host } = new URL(place)
  return logs.some(({ verifier: { name }, url }) =>
    [name.replace(/\/.*$/, ''), url === undefined ? undefined : new URL(url).host].includes(host),
  )
}

/** Without an address: what was kept alone. */
async function trustInPin(pin: string | undefined): Promise<PolicyTrust> {
  const kept = pin === undefined ? undefined : await keptIn(pin)
  if (pin === undefined || kept === undefined) throw new OperatorError('Whose log? Give --policy.')
  return trustIn(pin, kept, [])
}

async function trustPinned(pin: string, place: string, text: string): Promise<PolicyTrust> {
  // Before it is kept: a text that is no policy is never kept.
  const first = trustIn(place, text, [
    `This policy was seen for the first time, and is kept in ${pin}: from now on it is demanded. Ask by another way whether its keys are the true ones.`,
  ])
  if (await isKeptFirst(pin, text)) return first
  const kept = (await keptIn(pin)) ?? ''
  const [before, now] = [linesOf(kept), linesOf(text)]
  const added = [...now].filter((line) => !before.has(line))
  const changed = [...[...before].filter((line) => !now.has(line)), ...added.filter(isDemand)]
  if (changed.length > 0)
    throw new OperatorError(
      `${place} is another policy than the one kept in ${pin}: ${named(changed)}. Nothing was looked at. Ask by another way; who takes the new one writes it into that file.`,
    )
  return trustIn(
    pin,
    kept,
    added.length === 0
      ? []
      : [
          `${place} has what ${pin} has not, and that is not looked at: ${named(added)}. Ask by another way, then write it into that file.`,
        ],
  )
}

/** A key more leaves what is known as it is; another witness or quorum does not. */
function isDemand(line: string): boolean {
  return !line.startsWith('log ')
}

function linesOf(text: string): Set<string> {
  const lines = text.split('\n').map((line) =>
    line
      .split(/[ \t]+/)
      .filter((item) => item !== '')
      .join(' '),
  )
  return new Set(lines.filter((line) => line !== '' && !isComment(line)))
}

// The day of a policy is a comment, and a demand all the same.
function isComment(line: string): boolean {
  return line.startsWith('#') && !/^# ?classical-until /.test(line)
}

function named(lines: readonly string[]): string {
  const more = lines.length - mostNamed
  const shown = lines.slice(0, mostNamed).map((line) => `« ${line} »`)
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

async function isKeptFirst(pin: string, text: string): Promise<boolean> {
  return createFile(pin, text).catch((cause: unknown) => {
    throw new OperatorError(`${pin} cannot be written.`, { cause })
  })
}

async function keptIn(pin: string): Promise<string | undefined> {
  const bytes = await readWhole(pin).catch((cause: unknown) => {
    throw new OperatorError(`${pin} cannot be read.`, { cause })
  })
  return bytes?.toString()
}
