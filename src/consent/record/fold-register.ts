import { listIn, textIn, InvalidEvent } from '../../ledger/fold/index.ts'
import type { Payload } from '../../ledger/chain/index.ts'
import type { Agreement, Dataset, Purpose, Register } from '../../registry/index.ts'
import { maskOf } from './coverage.ts'

// Events name register objects by their public names, rows by their numbers.

/** @throws Untellable */
export function datasetIn(payload: Payload, register: Register): Dataset {
  return known(register.dataset(textIn(payload, 'dataset')), 'dataset')
}

/** @throws Untellable */
export function purposeIn(payload: Payload, register: Register): Purpose {
  return known(register.purpose(textIn(payload, 'purpose')), 'purpose')
}

/** @throws Untellable */
export function agreementIn(payload: Payload, register: Register): Agreement {
  return known(register.agreement(textIn(payload, 'agreement')), 'agreement')
}

/** The number of an organisation's first version. @throws Untellable */
export function organisationIn(payload: Payload, name: string, register: Register): number {
  return known(register.organisation(textIn(payload, name)), name).root
}

/** A set of categories as a mask over its dataset's list. @throws Untellable */
export function maskIn(payload: Payload, name: string, dataset: Dataset): bigint {
  const categories = listIn(payload, name)
  const unknown = categories.find((id) => !dataset.categories.includes(id))
  if (unknown !== undefined) throw new InvalidEvent(`${dataset.ref} has no category ${unknown}`)
  return maskOf(dataset, categories)
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new InvalidEvent(`the register does not know its ${name}`)
  return found
}
