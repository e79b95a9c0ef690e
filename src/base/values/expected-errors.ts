/**
 * What goes on after an error of this kind; any other error is thrown on: a fault is never taken for what was expected. For `catch` of a
 * promise, and for `attempt`.
 */
export function recoverFrom<E extends Error, T>(
  kind: abstract new (...made: never[]) => E,
  instead: (error: E) => T,
): (error: unknown) => T {
  return (error) => {
    if (!(error instanceof kind)) throw error
    return instead(error)
  }
}

/** `catch` of a promise, for a deed that is done at once. */
export function attempt<T, U>(deed: () => T, otherwise: (error: unknown) => U): T | U {
  try {
    return deed()
  } catch (error) {
    return otherwise(error)
  }
}
