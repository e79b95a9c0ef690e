import type { PublishedVersion } from '../../registry/index.ts'
import { fileOf } from '../../registry/index.ts'
import { agreementFacts, textFacts } from './facts-of-agreements.ts'
import { categoryFacts, datasetFacts, purposeFacts } from './facts-of-information.ts'
import {
  changeFacts,
  organisationFacts,
  providerFacts,
  serviceFacts,
  settingFacts,
  signerFacts,
} from './facts-of-bodies.ts'
import type { Fact, FactTeller } from './fact-builder.ts'

export type { Fact, FactValue } from './fact-builder.ts'

/** What a version says, in words and in one order. */
export function factsOf(version: PublishedVersion, tell: FactTeller): Fact[] {
  switch (version.kind) {
    case 'organisation':
      return organisationFacts(fileOf('organisation', version), tell)
    case 'category':
      return categoryFacts(fileOf('category', version), tell)
    case 'dataset':
      return datasetFacts(fileOf('dataset', version), tell)
    case 'purpose':
      return purposeFacts(fileOf('purpose', version), tell)
    case 'agreement':
      return agreementFacts(fileOf('agreement', version), tell)
    case 'text':
      return textFacts(fileOf('text', version), tell)
    case 'service':
      return serviceFacts(fileOf('service', version), tell)
    case 'identity-provider':
      return providerFacts(fileOf('identity-provider', version), tell)
    case 'signer':
      return signerFacts(fileOf('signer', version), tell)
    case 'change':
      return changeFacts(fileOf('change', version), tell)
    case 'setting':
      return settingFacts(fileOf('setting', version), tell)
  }
}
