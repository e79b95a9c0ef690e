import type { Bilingual, Language } from '../../base/values/languages.ts'
import { languages } from '../../base/values/languages.ts'
import type { Brake, Register } from '../../registry/index.ts'
import { standingBrakes } from '../../registry/index.ts'

// What everybody is told of the brakes that hold. A name that was typed, before the register had two signers, is told to nobody.

export type ToldBrake = Pick<Brake, 'kind' | 'id' | 'until' | 'isConfirmed'> & {
  /** What it suspends: its name, or those of the two bodies of an agreement. */
  readonly name: Bilingual
  readonly since: Date
  /** The offices of the signers who began it, or whose incident officer did. */
  readonly by: readonly Bilingual[]
}

type Known = Pick<Register, 'agreement' | 'brakes' | 'organisation' | 'signer' | 'versions'>

/** Those that hold at `now`, the oldest first. Pure. */
export function toldBrakes(register: Known, now: Date): readonly ToldBrake[] {
  return standingBrakes(register.brakes, now).map((brake) => {
    const { kind, id, begunAt: since, until, isConfirmed } = brake
    const by = officesOf(brake, register)
    return { kind, id, name: brakedName(brake, register), since, until, isConfirmed, by }
  })
}

function officesOf({ by, desk }: Brake, register: Known): readonly Bilingual[] {
  if (desk === undefined) return by.flatMap((signer) => register.signer(signer)?.office ?? [])
  const name = register.organisation(desk)?.name ?? { fr: desk, en: desk }
  return [{ fr: `incidents, ${name.fr}`, en: `incidents, ${name.en}` }]
}

/** The same on a page. */
export type BrakeRow = Pick<ToldBrake, 'kind' | 'since' | 'until' | 'isConfirmed'> & {
  readonly name: string
  readonly by: readonly string[]
}

export function brakeRows(told: readonly ToldBrake[], language: Language): readonly BrakeRow[] {
  return told.map((one) => ({
    ...one,
    name: one.name[language],
    by: one.by.map((office) => office[language]),
  }))
}

/** What a brake is on, or may be on: its name, or those of the two bodies of an agreement. */
export function brakedName(
  { kind, id }: Pick<Brake, 'kind' | 'id'>,
  register: Pick<Known, 'agreement' | 'organisation' | 'versions'>,
): Bilingual {
  const newest = register.versions.findLast((one) => one.kind === kind && one.id === id)
  const name = newest?.content['name'] as Bilingual | undefined // each kind but an agreement has one, in both languages
  if (name !== undefined) return name
  const agreement = register.agreement(id)
  const bodies = [agreement?.holder, agreement?.recipient].map((body = '') =>
    register.organisation(body),
  )
  const named = languages.map((language) => [
    language,
    bodies.map((body) => body?.name[language] ?? id).join(' → '),
  ])
  return Object.fromEntries(named) as Bilingual // one of each language
}
