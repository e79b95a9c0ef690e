/**
 * A value that has to be there. It takes the place of a made-up one (`?? ''`, `?? 0`) where the types cannot say that it is there: should it
 * be missing after all, what was asked fails, and nothing goes on with a name or a number of nobody.
 * @param what the value, as the error names it: « the body of a permit ». @throws TypeError
 */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === undefined || value === null) throw new TypeError(`${what} is missing`)
  return value
}
