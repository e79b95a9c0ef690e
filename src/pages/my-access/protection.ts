import type { AccessPage, Protection, Todo, WaysInPage } from './pages.ts'

/** So few codes are worth renewing. */
const fewCodes = 2

type Held = Pick<WaysInPage, 'passkeys' | 'password' | 'accounts' | 'codesLeft'>

/** How well an access is protected against a lost device, and the one thing that would help most. */
export function protectionOf({ passkeys, password, accounts, codesLeft }: Held): Protection {
  const keys = passkeys.filter(works).length
  const second = [password.totp, ...password.securityKeys].some(works)
  const hasPassword = works(password.password) && second
  const ways = keys + (hasPassword ? 1 : 0)
  return {
    keys,
    hasPassword,
    codes: codesLeft,
    // Another body may close an account: it opens the access, and is no way of ours.
    state:
      ways === 0
        ? accounts.some((account) => works(account) && !account.blocked)
          ? 'elsewhere'
          : 'none'
        : ways === 1 && codesLeft === 0
          ? 'fragile'
          : 'good',
    advice: adviceFor(ways, keys, codesLeft),
  }
}

/** Whether somebody else changed the row of a way in: it opens nothing, and she may not know. */
export function hasUntrusted({ passkeys, password, accounts }: Held): boolean {
  const { password: own, totp, securityKeys } = password
  return [...passkeys, own, totp, ...securityKeys, ...accounts].some((one) => one?.untrusted)
}

function adviceFor(ways: number, keys: number, codesLeft: number): Protection['advice'] {
  if (ways === 0) return 'first-key'
  if (codesLeft === 0) return 'codes'
  if (ways === 1) return keys === 0 ? 'first-key' : 'second-key'
  return codesLeft <= fewCodes ? 'codes' : undefined
}

type Standing = Pick<
  AccessPage,
  'alarms' | 'protection' | 'hold' | 'heldBy' | 'waiting' | 'requests' | 'told'
>

/** The one thing to do, what is most pressing first: what may be somebody else's deed, what waits, what could shut her out, who warns her. */
export function todoOf(stands: Standing): Todo {
  const { alarms, hold, heldBy, waiting, requests, told, protection } = stands
  const { state, advice } = protection
  if (alarms.length > 0) return 'alarm'
  if (heldBy !== undefined || hold?.isRecovered === true) return 'held'
  if (waiting > 0) return 'waits'
  if (requests.length > 0) return 'request'
  if (advice === 'first-key' || (advice === 'codes' && state === 'fragile')) return advice
  if (told?.length === 0) return 'untold'
  return advice
}

type Factor =
  | { readonly suspended: boolean; readonly untrusted: boolean; readonly waits: boolean }
  | undefined

function works(factor: Factor): boolean {
  return factor !== undefined && !factor.suspended && !factor.untrusted && !factor.waits
}
