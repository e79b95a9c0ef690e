/** What the templates in views/transparency receive. */
export type HomePage = {
  readonly services: readonly HomeService[]
}
export type HomeService = {
  readonly name: string
  readonly href: string
  /** What it does, where the register says so. */
  readonly what?: string | undefined
}
export type TextPage = Record<string, never>
