export type Step = {
  readonly step: string
  readonly holds: boolean
  readonly values: Readonly<Record<string, string | number>>
}
export function check(
  receipt: string,
  proof: string,
  trust: { readonly keys: readonly object[]; readonly policy: string },
): Promise<readonly Step[]>
