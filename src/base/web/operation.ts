import type { z } from 'zod'

/** In both official languages. */
type Said = { readonly fr: string; readonly en: string }

/**
 * One operation of a JSON API: where it is, what it takes and gives. It is hung up by this (`Routes.on`), its requests are
 * read by these shapes, and it is published as this, so that there is no second description that could be untrue.
 */
export type Operation = {
  readonly method: 'get' | 'post' | 'put'
  /** As the router has it: `/me/consents/:id`. */
  readonly path: string
  /** Its `operationId`. */
  readonly name: string
  readonly says: Said
  /** The scope of the token that it wants; undefined: anybody may call it. */
  readonly scope?: 'decide' | 'search' | 'report' | 'me'
  readonly parameters?: z.ZodObject
  readonly query?: z.ZodObject
  readonly request?: z.ZodType
  /** Whether it takes an `Idempotency-Key`. */
  readonly isRepeatable?: boolean
  /** What it answers when it does what it is asked to; of errors there is one shape for all. */
  readonly answers: Readonly<Record<number, z.ZodType>>
  /** Media type of the answer, where it is not `application/json`. */
  readonly mediaType?: string
}

/** What a handler gives, so that the compiler holds it to the shape that is published. */
export type AnswerOf<Shape extends z.ZodType> = Deeply<z.output<Shape>>
type Deeply<T> = T extends readonly (infer Item)[]
  ? readonly Deeply<Item>[]
  : T extends object
    ? { readonly [Member in keyof T]: Deeply<T[Member]> }
    : T
