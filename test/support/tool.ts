import { vi } from 'vitest'
import type { ToolAnswer } from '../../src/tool/tool.ts'
import { runTool } from '../../src/tool/tool.ts'
import { servedEnv } from './served.ts'
import { logged } from './secrets.ts'

/**
 * The operator's tool, called in this process: what a command does, says and answers is the same, without a start of half a
 * second. That the program passes its words, its environment and its exit code on is in test/process/commands.test.ts.
 */
export async function callTool(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolAnswer> {
  const answer = await runTool(words, { ...env, ...servedEnv(env) })
  logged('tool', answer.out + answer.err)
  return answer
}

/** The same of a command that goes on until it is told to stop: as SIGTERM does, once it listens. */
export async function callAndStop(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolAnswer> {
  const others = new Set(process.rawListeners('SIGTERM'))
  const answer = callTool(words, env)
  const own = () => process.rawListeners('SIGTERM').filter((one) => !others.has(one))
  await vi.waitUntil(() => own().length > 0, { timeout: 30_000, interval: 5 })
  for (const listener of own()) listener.call(process, 'SIGTERM')
  return answer
}
