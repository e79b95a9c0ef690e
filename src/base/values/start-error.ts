/** Why a command cannot start, or ends with 1, in one sentence for the person who typed it; printed without a stack. */
export class StartError extends Error {
  /** What the command found out nevertheless, for the standard output. */
  readonly lines: readonly string[]

  constructor(
    message: string,
    { lines = [], ...options }: ErrorOptions & { readonly lines?: readonly string[] } = {},
  ) {
    super(message, options)
    this.lines = lines
  }
}

/** Nothing wrong was found, and something is not proved, or late: a command ends with 3. */
export class NotProvedError extends StartError {}

/** Nothing is signed, because nobody says that the text was read: a command ends with 2. */
export class UnreadError extends StartError {}
