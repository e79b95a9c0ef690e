import type { z } from 'zod'

/** In both official languages. */
type BilingualText = { readonly fr: string; readonly en: string }

/**
 * One operation of a JSON API: its path, its input and its answers. `Routes.on` registers it from this object, its requests are
 * read by these shapes, and its published description is made from it: there is no second description that could be untrue.
 */
export type Operation = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** The path in the router's notation: `/me/consents/:id`. */
  readonly path: string
  /** Its `operationId`. */
  readonly name: string
  readonly says: BilingualText
  /** The scope of the token that it wants; undefined: anybody may call it. */
  readonly scope?: 'decide' | 'search' | 'report' | 'me' | 'match' | 'ssf.read' | 'ssf.manage'
  readonly parameters?: z.ZodObject
  readonly query?: z.ZodObject
  readonly request?: z.ZodType
  /** Whether it takes an `Idempotency-Key`. */
  readonly isRepeatable?: boolean
  /** The answer to a request that succeeds; all errors have one shape. */
  readonly answers: Readonly<Record<number, z.ZodType>>
  /** Media type of the answer, where it is not `application/json`. */
  readonly mediaType?: string
}

/** The type of a handler's answer: the compiler checks the answer against the published shape. */
export type AnswerOf<Shape extends z.ZodType> = Deeply<z.output<Shape>>
type Deeply<T> = T extends readonly (infer Item)[]
  ? readonly Deeply<Item>[]
  : T extends object
    ? { readonly [Member in keyof T]: Deeply<T[Member]> }
    : T
