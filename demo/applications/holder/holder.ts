import type { JWTVerifyGetKey } from 'jose'
import { createRemoteJWKSet } from 'jose'
import { type CallBroker, callBrokerAs } from '../call-broker.ts'
import type { ClientKey } from '../client-key.ts'
import { type FindProvider, lazyProvider } from '../provider.ts'
import { signalsRight } from '../signals/stream.ts'

// Somebody waits for the answer: a broker that takes longer is as good as absent.
const timeoutSeconds = 2.5

/** What an organisation that holds data says about itself. */
export type Description = {
  readonly issuer: string
  readonly clientId: string
  /** As the register names it: the audience of the decisions made for us. */
  readonly organisation: string
  /** Its API: the audience of the tokens that recipients bring. */
  readonly resource: string
}

/** The same with its ways to the broker. */
export type Holder = Description & {
  readonly findBroker: FindProvider
  readonly askForDecision: CallBroker
  readonly sendReport: CallBroker
  readonly manageSignals: CallBroker
  readonly findDecisionKeys: JWTVerifyGetKey
}

export function openHolder(description: Description, key: ClientKey): Holder {
  const { issuer, clientId } = description
  const findBroker = lazyProvider(issuer, clientId, key, timeoutSeconds)
  return {
    ...description,
    findBroker,
    askForDecision: callBrokerAs(findBroker, { resource: `${issuer}/access`, scope: 'decide' }),
    sendReport: callBrokerAs(findBroker, { resource: `${issuer}/disclosures`, scope: 'report' }),
    manageSignals: callBrokerAs(findBroker, signalsRight(issuer)),
    findDecisionKeys: createRemoteJWKSet(new URL(`${issuer}/keys`), {
      timeoutDuration: timeoutSeconds * 1000,
    }),
  }
}
