import { readPolicy } from '../../base/tlog/log-policy.ts'
import { readable, readText } from '../../base/tlog/fetch-text.ts'
import { shutdownSignal } from '../../base/jobs/shutdown-signal.ts'
import { serveWitness } from './serve.ts'

type Asked = {
  readonly dir: string
  /** A file that names the logs. */
  readonly policy: string
  readonly name: string
  readonly host: string
  readonly port: number
}

/** `accord witness serve`: until SIGTERM. @throws OperatorError */
export async function witnessUntilStopped(asked: Asked): Promise<string[]> {
  const { dir, policy, name, host, port } = asked
  const logs = async () => {
    const text = await readText(policy)
    return readable(policy, () => readPolicy(text)).logs.map(({ verifier }) => verifier)
  }
  await logs()
  const served = await serveWitness({ dir, name, host, port, logs, isDemonstration: false, say })
  process.stdout.write(`witness ${served.vkey} http://${host}:${port}\n`)
  await shutdownSignal()
  await served.close()
  return []
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
