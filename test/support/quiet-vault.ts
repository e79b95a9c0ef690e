import type { SignalMapping, Vault } from '../../src/ledger/chain/index.ts'
import { eventKinds } from '../../src/ledger/chain/event.ts'

const nobody = Object.fromEntries(eventKinds.map((kind) => [kind, 'nobody'])) as {
  readonly [Kind in keyof SignalMapping['ofEvents']]: 'nobody'
}

/** The vault for events that no deed made, or that are written in bulk: they may lack members, and no body is told of any. */
export function quietVault(vault: Vault): Vault {
  return { ...vault, signalMapping: { ofEvents: nobody } }
}
