export const remarkWords = ['clear', 'unclear'] as const

/** Whether a person found clear what a service showed her. */
export type Remark = {
  /** Random: `7K2P9-QX4AB`. */
  readonly reference: string
  readonly personId: string
  readonly serviceId: string
  readonly word: (typeof remarkWords)[number]
  readonly madeAt: Date
}
