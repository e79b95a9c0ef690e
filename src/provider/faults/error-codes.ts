import { assertionFaults, clientFaults } from './client-errors.ts'
import { deviceFaults } from './device-errors.ts'
import { objectFaults } from './request-object-errors.ts'
import { parameterFaults } from './parameter-errors.ts'
import { requestFaults } from './authorization-errors.ts'
import { resourceFaults } from './resource-errors.ts'
import { tokenFaults } from './token-errors.ts'
import { waitingFaults } from './ciba-errors.ts'
import type { FaultSentence, ListedFault } from './listed-error.ts'

// The faults of a service's requests. `npm run errors` writes docs/errors.md from this list, and /api/errors shows it.

/** By code, in the order in which a service meets them. A code never gets another meaning: it is a part of `error_uri`. */
export const faultList = {
  ...clientFaults,
  ...assertionFaults,
  ...requestFaults,
  ...objectFaults,
  ...parameterFaults,
  ...resourceFaults,
  ...tokenFaults,
  ...deviceFaults,
  ...waitingFaults,
}

export type FaultCode = keyof typeof faultList

/** `faultList` in order. */
export const listedFaults = Object.entries<ListedFault>(faultList) as [FaultCode, ListedFault][] // it has no other members

/** Our sentence in the place of one of the library's, for all callers. */
export function replacementFor(library: string): FaultSentence | undefined {
  return inPlace.get(library)
}

/** The cause of an `invalid_client` in our words: only a caller with the service's key may read it. */
export function causeFor(library: string): string | undefined {
  return causes.get(library)?.says
}

/** The code of an answer; undefined where the answer is no fault of a service. */
export function faultCodeOf(error: string, description: string | undefined): FaultCode | undefined {
  const said = patterns.find(({ says }) => description !== undefined && says.test(description))
  return said?.code ?? listedFaults.find(([, { error: of, isRest }]) => of === error && isRest)?.[0]
}

const causes = replaced([clientFaults, assertionFaults])
const inPlace = replaced([
  requestFaults,
  objectFaults,
  parameterFaults,
  resourceFaults,
  tokenFaults,
  deviceFaults,
  waitingFaults,
])

function replaced(parts: readonly Readonly<Record<string, ListedFault>>[]) {
  const sentences = parts.flatMap((part) => Object.values(part).flatMap(({ says }) => says))
  return new Map(
    sentences.flatMap((sentence) =>
      (sentence.for ?? []).map((library): [string, FaultSentence] => [library, sentence]),
    ),
  )
}

const patterns = listedFaults.flatMap(([code, { says }]) =>
  says.map((sentence) => ({ code, says: patternOf(sentence.says) })),
)

// A caller's word may stand in a sentence, so each place takes a bounded text.
function patternOf(says: string): RegExp {
  const parts = says.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${parts.join('.{1,300}')}`)
}
