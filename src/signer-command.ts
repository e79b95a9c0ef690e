import { parseArgs } from 'node:util'
import { openLog } from './base/platform/log.ts'
import type { FarPurpose } from './base/platform/signer.ts'
import { farPurposes } from './base/platform/signer.ts'
import { serveSigner } from './base/platform/signer-service.ts'
import { toldToStop } from './base/platform/told-to-stop.ts'

/** Some hundred people a second, and the walks of the night. */
const usualRate = 5000
const mostRate = 1_000_000

/** `accord signer serve`: until SIGTERM. @returns undefined: wrong usage. @throws StartError */
export async function signerCommand(args: readonly string[]): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const served = await serveSigner(asked)
  const held = Object.entries(served.kids).map(([purpose, kid]) => `${purpose} ${kid}`)
  process.stdout.write(`signer ${asked.socketPath}: ${held.join(', ')}\n`)
  await toldToStop()
  await served.close()
  return []
}

function readArguments([deed, ...args]: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { keys: text, socket: text, rate: text },
      allowPositionals: true,
    })
    const { keys: keysDir, socket: socketPath } = values
    const purposes = positionals.filter(isFar)
    if (deed !== 'serve' || keysDir === undefined || socketPath === undefined) return undefined
    if (purposes.length === 0 || purposes.length < positionals.length) return undefined
    const perSecond = Number(values.rate ?? usualRate)
    if (!Number.isSafeInteger(perSecond) || perSecond < 1 || perSecond > mostRate) return undefined
    const log = openLog('info')
    return { keysDir, socketPath, purposes, perSecond, log }
  } catch {
    return undefined // an option that is none
  }
}

function isFar(word: string): word is FarPurpose {
  return (farPurposes as readonly string[]).includes(word)
}
