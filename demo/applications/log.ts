const causesShown = 4

/** What went wrong, for the log: messages only. The causes of openid-client hold whole answers, and so codes and tokens. */
export function told(error: unknown): string {
  const messages: string[] = []
  let cause = error
  while (cause instanceof Error && messages.length < causesShown) {
    // V8 quotes the text that it could not parse, and with it what somebody answered.
    messages.push(cause instanceof SyntaxError ? 'not JSON' : cause.message)
    cause = cause.cause
  }
  return messages.join(' < ')
}
