const causesShown = 4

/** The messages of an error, for the log. The causes of openid-client contain whole answers, and with them codes and tokens. */
export function errorMessages(error: unknown): string {
  const messages: string[] = []
  let cause = error
  while (cause instanceof Error && messages.length < causesShown) {
    // V8 quotes the text that it could not parse, which is part of an answer.
    messages.push(cause instanceof SyntaxError ? 'not JSON' : cause.message)
    cause = cause.cause
  }
  return messages.join(' < ')
}
