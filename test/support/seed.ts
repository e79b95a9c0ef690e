/** The seed of an application of codes, as its page writes it. */
export function seedIn(body: string): string {
  const [, seed] =
    /<code translate="no" aria-labelledby="seed-label">([A-Z2-7 ]+)</.exec(body) ?? []
  if (seed === undefined) throw new Error(`no seed: ${body.slice(0, 2000)}`)
  return seed.replaceAll(' ', '')
}
