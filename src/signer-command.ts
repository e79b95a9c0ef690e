import { parseArgs } from 'node:util'
import type { FarPurpose } from './base/platform/signer.ts'
import { farPurposes } from './base/platform/signer.ts'
import { serveSigner } from './base/platform/signer-service.ts'
import { toldToStop } from './base/platform/told-to-stop.ts'

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
      options: { keys: text, socket: text },
      allowPositionals: true,
    })
    const { keys: keysDir, socket: socketPath } = values
    const purposes = positionals.filter(isFar)
    if (deed !== 'serve' || keysDir === undefined || socketPath === undefined) return undefined
    if (purposes.length === 0 || purposes.length < positionals.length) return undefined
    return { keysDir, socketPath, purposes }
  } catch {
    return undefined // an option that is none
  }
}

function isFar(word: string): word is FarPurpose {
  return (farPurposes as readonly string[]).includes(word)
}
