import type { Adapter } from 'oidc-provider'
import type { UserCodeRows } from './device-code-model.ts'
import { deviceCodeModel } from './device-code-model.ts'
import type { ResourcesOf } from './grant-model.ts'
import { grantModel } from './grant-model.ts'
import { proofModel } from './replay-model.ts'
import { sessionModel } from './session-model.ts'
import { signInRequestModel } from './ciba-model.ts'
import { tokenModel } from './token-model.ts'
import { visitModel } from './interaction-model.ts'

/** The library's storage: reads the rows that the unit has seen and adds to its pending writes. Each model owns its part of both. */
export function makeAdapter(
  resourcesOf: ResourcesOf,
  userCodeRows: UserCodeRows,
): (model: string) => Adapter {
  return (model) => {
    switch (model) {
      case 'Grant':
        return grantModel(resourcesOf)
      case 'Session':
        return sessionModel()
      case 'Interaction':
        return visitModel()
      case 'BackchannelAuthenticationRequest':
        return signInRequestModel()
      case 'ReplayDetection':
        return proofModel()
      case 'DeviceCode':
        return deviceCodeModel(userCodeRows)
      default:
        return tokenModel(model)
    }
  }
}
