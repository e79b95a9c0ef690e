import { readPolicy } from '../../base/tlog/log-policy.ts'
import { readable, readText } from '../../base/tlog/fetch-text.ts'
import { toldToStop } from '../../base/jobs/shutdown-signal.ts'
import { wordsIn } from '../../base/values/parse-words.ts'
import { serveWitness } from './serve.ts'

/** `accord witness serve`: until SIGTERM. @returns undefined: wrong usage. @throws StartError */
export async function witnessCommand(args: readonly string[]): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { dir, policy, name, host, port } = asked
  const logs = async () => {
    const text = await readText(policy)
    return readable(policy, () => readPolicy(text)).logs.map(({ verifier }) => verifier)
  }
  await logs()
  const served = await serveWitness({ dir, name, host, port, logs, isDemonstration: false })
  process.stdout.write(`witness ${served.vkey} http://${host}:${port}\n`)
  await toldToStop()
  await served.close()
  return []
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { dir: text, policy: text, name: text, host: text, port: text } as const
  return wordsIn(args, options, (values, positionals) => {
    const { dir, policy, name, host = 'localhost', port = '3005' } = values
    const isPort = /^[1-9][0-9]{0,4}$/.test(port) && Number(port) < 65_536
    if (positionals.join(' ') !== 'serve' || dir === undefined) return undefined
    if (policy === undefined || name === undefined) return undefined
    return isPort ? { dir, policy, name, host, port: Number(port) } : undefined
  })
}
