/** What the templates in views/transparency receive. */
export type HomePage = {
  readonly services: readonly { readonly name: string; readonly href: string }[]
}
export type TextPage = Record<string, never>
