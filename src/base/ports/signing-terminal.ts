import { createInterface } from 'node:readline/promises'

/** Where somebody reads what is signed, and answers. */
export type SigningTerminal = {
  /** @returns what was typed; undefined: nothing */
  ask(lines: readonly string[], question: string): Promise<string | undefined>
}

/** A text is read in this time, or not at all. */
const longestMs = 30 * 60_000

/** The terminal of this process; undefined where nobody reads what it writes, or nobody types. */
export function terminalHere(): SigningTerminal | undefined {
  const { stdin: input, stdout: output } = process
  if (!input.isTTY || !output.isTTY) return undefined
  return {
    async ask(lines, question) {
      output.write(lines.map((line) => `${line}\n`).join(''))
      const reader = createInterface({ input, output })
      const ended = new AbortController()
      reader.on('close', () => ended.abort()) // by the end of what is typed
      try {
        const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(longestMs)])
        return await reader.question(question, { signal })
      } catch (error) {
        if (error instanceof Error && error.name === 'AbortError') return undefined
        throw error
      } finally {
        reader.close()
      }
    },
  }
}
