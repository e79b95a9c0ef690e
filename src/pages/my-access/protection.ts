import type { AccessPage, Protection } from './pages.ts'

/** So few codes are worth renewing. */
const fewCodes = 2

type Held = Pick<AccessPage, 'passkeys' | 'password' | 'accounts' | 'codesLeft'>

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

function adviceFor(ways: number, keys: number, codesLeft: number): Protection['advice'] {
  if (ways === 0) return 'first-key'
  if (codesLeft === 0) return 'codes'
  if (ways === 1) return keys === 0 ? 'first-key' : 'second-key'
  return codesLeft <= fewCodes ? 'codes' : undefined
}

type Factor =
  | { readonly suspended: boolean; readonly untrusted: boolean; readonly waits: boolean }
  | undefined

function works(factor: Factor): boolean {
  return factor !== undefined && !factor.suspended && !factor.untrusted && !factor.waits
}
