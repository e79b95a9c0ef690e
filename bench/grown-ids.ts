import { createHash } from 'node:crypto'

// Ids that a seed and a number give, the same here and in SQL: rows that belong together are written by both. Those of people are spread
// evenly and in order, so that a billion rows fill an index from left to right, as quickly as they can; the others grow with time, as the
// broker's own do (RFC 9562, version 7).

/** What a made id is of; `event` is the first of up to ten. */
export const madeKinds = { request: 1, consent: 2, presentation: 3, arrangement: 4, event: 16 }

export type Ids = {
  person(i: number): string
  made(n: number, kind: number): string
  /** The same as expressions over numbers `i` and `n`; what was made has a stem, to which its kind is added. */
  readonly sql: {
    readonly person: string
    readonly stem: string
    made(stem: string, kind: number): string
  }
}

const span = 2 ** 32

export function makeIds(seed: number, people: number, moment: Date): Ids {
  const time = moment.getTime().toString(16).padStart(12, '0')
  return {
    person(i) {
      const place = Math.floor((i * span) / people)
      const rest = createHash('sha256').update(`${seed}:${i}`).digest('hex')
      return asUuid(place.toString(16).padStart(8, '0') + rest.slice(0, 24))
    },
    made(n, kind) {
      const hex = n.toString(16).padStart(10, '0')
      return asUuid(`${time}7${hex.slice(0, 3)}8${hex.slice(3)}${hexOf(kind)}`)
    },
    sql: {
      person: `(lpad(to_hex((i * ${span}) / ${people}), 8, '0')
        || substr(encode(sha256(convert_to('${seed}:' || i, 'UTF8')), 'hex'), 1, 24))::uuid`,
      stem: `overlay('${time}7' || lpad(to_hex(n), 10, '0') placing '8' from 17 for 0)`,
      made: (stem, kind) => `(${stem} || '${hexOf(kind)}')::uuid`,
    },
  }
}

function hexOf(kind: number): string {
  return kind.toString(16).padStart(8, '0')
}

function asUuid(hex: string): string {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-')
}
