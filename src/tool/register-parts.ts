import type { Database } from '../base/database/database.ts'
import { openKeysAnywhere } from '../base/keys/known-keys.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import type { Config } from '../base/settings/config.ts'
import { countRefusals, isPermitted } from '../consent/record/index.ts'
import { makeRegistrationCheck } from '../provider/index.ts'
import type { RegisterGiven, ServiceCheck } from '../registry/index.ts'
import { discover } from '../signin/upstream/index.ts'
import type { House } from './house.ts'
import { requireTrueLogHere } from './ledger-parts.ts'

// The demonstration's register names these addresses; its start moves them to other ports (`moved` in demo/start.ts).
const usualIssuer = 'http://localhost:3000'
const usualHosts = [1, 2, 3, 4, 5].map((offset) => `localhost:${3000 + offset}`)

/** What `accord register …` needs of other rooms: services are looked at as this installation would serve them. */
export async function registerPartsOf(
  { config, openSeals }: House,
  db: Database,
): Promise<{ readonly unservable: ServiceCheck; readonly given: RegisterGiven }> {
  // Who plans may hold no keys: the database knows those of the processes.
  const known = await knownKeys(db)
  const hasRsa = known.some(({ purpose, state }) => purpose === 'id-token-rsa' && state === 'used')
  return {
    unservable: unservableBy(config, { hasRsa }),
    given: {
      issuer: config.issuer,
      seals: openSeals,
      witnessKeys: () => openKeysAnywhere(config),
      countRefusals,
      discover: (provider, serviceAt) => discover(provider, config, serviceAt),
      mediaDir: config.registerMediaDir,
      demandsSignatures: config.mode !== 'demonstration',
      requireTrueLog: () => requireTrueLogHere(config),
      permits: isPermitted,
    },
  }
}

function unservableBy(config: Config, keys: { readonly hasRsa: boolean }): ServiceCheck {
  const own = makeRegistrationCheck(config, keys)
  if (config.mode !== 'demonstration') return own
  const outboundAllow = [...config.outboundAllow, ...usualHosts]
  const moved = makeRegistrationCheck({ issuer: usualIssuer, outboundAllow }, keys)
  // The demonstration may be served at either address: only faults at both count, and the shorter list is reported.
  return (service) => {
    const [here, there] = [own(service), moved(service)]
    return there.length < here.length ? there : here
  }
}
