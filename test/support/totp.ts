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

const stepMs = 30_000

/** The code of an application `steps` of thirty seconds from now. */
export function codeAt(seed: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(seed.replaceAll(' ', '')) })
  return totp.generate({ timestamp: Date.now() + steps * stepMs })
}

/**
 * Gives the code of the half-minute before this one, so that the present code can still be used. It is good until this half-minute is over:
 * where that ended on the way, the next one is given.
 */
export async function giveEarlierCode<A extends { readonly status: number }>(
  seed: string,
  give: (code: string) => Promise<A>,
): Promise<A> {
  const before = halfMinute()
  const answer = await give(codeAt(seed, -1))
  return answer.status >= 400 && halfMinute() > before ? give(codeAt(seed, -1)) : answer
}

function halfMinute(): number {
  return Math.floor(Date.now() / stepMs)
}
