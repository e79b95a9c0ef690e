import { vi } from 'vitest'
import type { ToolAnswer } from '../../src/tool.ts'
import { runTool } from '../../src/tool.ts'
import { logged } from './secrets.ts'

/**
 * The operator's tool, called in this process: what a command does, says and answers is the same, without a start of half a
 * second. That the program passes its words, its environment and its exit code on is in test/process/commands.test.ts.
 */
export async function callTool(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolAnswer> {
  const answer = await runTool(words, env)
  logged('tool', answer.out + answer.err)
  return answer
}

/** Tells a command in this process to stop, as SIGTERM does, once it listens: no other process need be started for it. */
export async function tellToStop(): Promise<void> {
  await vi.waitUntil(() => process.listenerCount('SIGTERM') > 0, { timeout: 30_000, interval: 5 })
  process.emit('SIGTERM')
}
