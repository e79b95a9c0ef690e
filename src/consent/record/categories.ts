import type { Dataset } from '../../registry/index.ts'

// A set of categories of one dataset version is a bit mask over its list.

/** @throws TypeError for a category that is not in the dataset */
export function maskOf(dataset: Dataset, categories: readonly string[]): bigint {
  return categories.reduce((mask, category) => {
    const bit = dataset.categories.indexOf(category)
    if (bit === -1) throw new TypeError(`${category} is not a category of ${dataset.ref}`)
    return mask | (1n << BigInt(bit))
  }, 0n)
}

export function categoriesIn(dataset: Dataset, mask: bigint): string[] {
  return dataset.categories.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n)
}

/** Whether every category of `part` is in `whole`. */
export function isWithin(part: bigint, whole: bigint): boolean {
  return (part & ~whole) === 0n
}
