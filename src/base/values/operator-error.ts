/** Why a command cannot start, or ends with 1, in one sentence for the person who typed it; printed without a stack. */
export class OperatorError extends Error {
  /** What the command found out nevertheless, for the standard output. */
  readonly lines: readonly string[]
  /** With what `serve`, `work` and `migrate` end. */
  status: number | undefined

  constructor(
    message: string,
    { lines = [], ...options }: ErrorOptions & { readonly lines?: readonly string[] } = {},
  ) {
    super(message, options)
    this.lines = lines
  }
}

/** Nothing wrong was found, and something is not proved, or late: a command ends with 3. */
export class NotProvedError extends OperatorError {}

/** Nothing is signed, because nobody says that the text was read: a command ends with 2. */
export class UnreadError extends OperatorError {}

/** With what a process ends that no other try can start before somebody has mended what it names; 1: another try may help. */
export const exitStatuses = { settings: 80, keys: 81, schema: 82, code: 83 } as const

/** What cannot start within `work` ends the process with this, unless something within says otherwise. */
export async function withExitStatus<T>(status: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OperatorError) error.status ??= status
    throw error
  }
}
