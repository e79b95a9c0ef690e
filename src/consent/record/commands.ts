import { parseArgs } from 'node:util'
import { StartError } from '../../base/platform/start-error.ts'
import { policyFrom, publishedKeysFrom, readGiven } from './given.ts'
import { checkProof, checkReceipt, unprovedSaid } from './receipt-check.ts'

/**
 * `accord receipt verify FILE [PROOF] [--keys FILE|URL] [--policy FILE|URL]`
 * @returns the lines to print. @throws StartError when the receipt or the proof does not hold
 */
export async function receiptCommand(
  keysDir: string,
  args: readonly string[],
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { file, proof, keys: keysAt, policy } = asked
  const jwt = (await readGiven(file)).trim()
  const keys = await publishedKeysFrom(keysAt, keysDir)
  const checked = await checkReceipt(jwt, keys)
  if (!checked.holds) throw new StartError(`The receipt does not hold: ${checked.because}.`)
  if (proof === undefined) return [...checked.says, ...unprovedSaid(jwt)]
  if (policy === undefined) throw new StartError('Whose log? Give --policy.')
  const proved = checkProof(jwt, await readGiven(proof), await policyFrom(policy))
  if (!proved.holds) throw new StartError(`The proof does not hold: ${proved.because}.`)
  return [...checked.says, ...proved.says]
}

function readArguments([deed, ...args]: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const options = { keys: text, policy: text } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [file, proof, ...rest] = positionals
    if (deed !== 'verify' || file === undefined || rest.length > 0) return undefined
    return { file, proof, ...values }
  } catch {
    return undefined // an unknown option
  }
}
