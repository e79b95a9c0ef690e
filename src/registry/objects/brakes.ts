import type { Bilingual } from '../../base/values/languages.ts'

// A brake suspends an object of the register without a version of it: one person begins it, for a day; two let it stand longer, or end
// it. Whether it stands is asked with the time: nothing has to run for it to end.

/** What can be suspended at once. */
export const brakedKinds = ['organisation', 'service', 'agreement', 'identity-provider'] as const
export type BrakedKind = (typeof brakedKinds)[number]

/** So long one alone suspends. */
export const brakeMs = 24 * 3600 * 1000
/** So long from the moment on at which two have said so. */
export const confirmedMs = 30 * 24 * 3600 * 1000

/** A deed about a brake, as its public document and its row say it. */
export type BrakeDeed = {
  readonly deed: 'brake' | 'brake-confirm' | 'brake-release'
  readonly kind: BrakedKind
  readonly id: string
  readonly at: Date
  readonly reason: Bilingual
  /** Who did it: ids of signers, or of offices of a desk, or a name of before there were two. */
  readonly by: readonly string[]
  /** The body at whose desk officers did it; undefined: signers did, or whoever runs this broker. */
  readonly desk?: string | undefined
  /** Of its order: no order is carried out twice. */
  readonly orderSha256: string
}

export type Brake = Pick<BrakeDeed, 'kind' | 'id' | 'reason' | 'by' | 'desk'> & {
  readonly begunAt: Date
  /** From then on it suspends nothing. */
  readonly until: Date
  readonly isConfirmed: boolean
  /** Two ended it. The instant of their deed may be some milliseconds ahead of a clock: whoever knows of it no longer suspends. */
  readonly releasedAt: Date | undefined
}

/** The brakes that these deeds made, in their order. Pure. */
export function brakesOf(deeds: readonly BrakeDeed[]): readonly Brake[] {
  const brakes: Brake[] = []
  for (const { deed, kind, id, at, reason, by, desk } of deeds) {
    const last = brakes.findLastIndex((one) => one.kind === kind && one.id === id)
    const brake = brakes[last]
    if (deed === 'brake') {
      const until = new Date(at.getTime() + brakeMs)
      brakes.push({
        kind,
        id,
        reason,
        by,
        desk,
        begunAt: at,
        until,
        isConfirmed: false,
        releasedAt: undefined,
      })
    } else if (brake !== undefined && isStanding(brake, at))
      brakes[last] =
        deed === 'brake-release'
          ? { ...brake, releasedAt: at }
          : { ...brake, until: new Date(at.getTime() + confirmedMs), isConfirmed: true }
  }
  return brakes
}

/** The brakes that suspend something at `now`. Pure. */
export function standingBrakes(brakes: readonly Brake[], now: Date): readonly Brake[] {
  return brakes.filter((brake) => isStanding(brake, now))
}

function isStanding({ until, releasedAt }: Brake, now: Date): boolean {
  return releasedAt === undefined && now < until
}

/**
 * The brake that suspends this object at `now`. When it began is not asked: whoever reads before that instant by his clock, and knows of
 * it already, is suspended. Pure.
 */
export function brakeOn(
  brakes: readonly Brake[],
  kind: BrakedKind,
  id: string,
  now: Date,
): Brake | undefined {
  return standingBrakes(brakes, now).find((one) => one.kind === kind && one.id === id)
}

/** Since when, and until when if nobody does anything, brakes suspend something together. */
export type BrakeSpan = { readonly since: Date; readonly until: Date }

export function spanOf(brakes: readonly Brake[]): BrakeSpan | undefined {
  if (brakes.length === 0) return undefined
  return {
    since: earliest(brakes.map(({ begunAt }) => begunAt)),
    until: latest(brakes.map(({ until }) => until)),
  }
}

/** Something that its file or a brake may suspend. */
export type Suspendable = {
  readonly id: string
  readonly status: string
  /** A brake alone suspends it. */
  readonly isBraked?: true
}

type WithAskers = {
  /** The services with which a body asks whether it may send, whatever their status. */
  askersOf(holder: string): readonly Suspendable[]
}

/**
 * Of the brakes that suspend an agreement at `now`: its own, those of its two bodies, and those of all services with which its holder
 * could ask. Pure.
 */
export function brakeOver(
  { id, holder, recipient }: Readonly<Record<'id' | 'holder' | 'recipient', string>>,
  { brakes, askersOf }: WithAskers & { readonly brakes: readonly Brake[] },
  now: Date,
): BrakeSpan | undefined {
  const own = standingBrakes(brakes, now).filter((one) =>
    one.kind === 'agreement'
      ? one.id === id
      : one.kind === 'organisation' && [holder, recipient].includes(one.id),
  )
  const spans = [spanOf(own), spanOfAskers(askersOf(holder), brakes, now)].flatMap(
    (span) => span ?? [],
  )
  if (spans.length === 0) return undefined
  return {
    since: earliest(spans.map(({ since }) => since)),
    until: latest(spans.map(({ until }) => until)),
  }
}

// The first of these services whose brake ends asks again.
function spanOfAskers(
  askers: readonly Suspendable[],
  brakes: readonly Brake[],
  now: Date,
): BrakeSpan | undefined {
  const inForce = askers.filter(({ status, isBraked }) => status === 'active' || isBraked === true)
  const found = inForce.flatMap(({ id }) => brakeOn(brakes, 'service', id, now) ?? [])
  if (found.length === 0 || found.length < inForce.length) return undefined
  return {
    since: latest(found.map(({ begunAt }) => begunAt)),
    until: earliest(found.map(({ until }) => until)),
  }
}

function earliest(some: readonly Date[]): Date {
  return new Date(Math.min(...some.map((one) => one.getTime())))
}

function latest(some: readonly Date[]): Date {
  return new Date(Math.max(...some.map((one) => one.getTime())))
}
