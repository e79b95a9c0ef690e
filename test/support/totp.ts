import { Secret, TOTP } from 'otpauth'
import type { ShownSeed } from '../../src/signin/factors/index.ts'
import { qrOf } from '../../src/signin/factors/totp.ts'

// A seed of no person, made for the samples of pages.
const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const uri = `otpauth://totp/Accord:2026-11-25?issuer=Accord&secret=${seed}`

export const sampleShown: ShownSeed = {
  qr: qrOf(uri),
  uri,
  seed: seed.match(/.{4}/g)?.join(' ') ?? '',
}

/** The code of an application `steps` of thirty seconds from now. */
export function codeAt(seed: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(seed.replaceAll(' ', '')) })
  return totp.generate({ timestamp: Date.now() + steps * 30_000 })
}
