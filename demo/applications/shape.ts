/** Checks the shape of JSON from outside before it is used. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

export function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.every((text) => others.includes(text)) && others.every((text) => some.includes(text))
}
