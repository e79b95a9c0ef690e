// What a seed chooses.

/** Each of the names as often as any other, in an order of the chances'. */
export function dealt(names: readonly string[], count: number, chance: () => number): string[] {
  return Array.from({ length: count }, (_, n) => ({
    name: names[n % names.length] ?? '',
    at: chance(),
  }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ name }) => name)
}

export function oneOf<T>(list: readonly T[], chance: () => number): T {
  const one = list[Math.floor(chance() * list.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}
