/** The value below which a share of the sorted list lies: nearest rank, no interpolation. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.floor(sorted.length / 2)],
  ]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** Each figure's own median: rounds are noisy in different ways. */
export function medians<K extends string>(
  rounds: readonly Readonly<Record<K, number>>[],
): Record<K, number> {
  const names = Object.keys(rounds[0] ?? {}) as K[] // the rounds have these figures and no others
  const pairs = names.map((name) => [name, median(rounds.map((round) => round[name]))] as const)
  return Object.fromEntries(pairs) as Record<K, number>
}

/** As many digits as the figure is worth: three, and no decimals above a hundred. */
export function rounded(value: number): number {
  if (!Number.isFinite(value)) return value
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
