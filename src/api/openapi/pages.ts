/** What the templates in views/openapi receive. */
export type DocsPage = {
  /** Operations grouped by the token that they need, in the order in which a developer meets them. */
  readonly groups: readonly DocsGroup[]
}

export type DocsGroup = {
  readonly scope:
    | 'decide'
    | 'search'
    | 'report'
    | 'ssf.read'
    | 'ssf.manage'
    | 'me'
    | 'match'
    | 'none'
  readonly operations: readonly DocsOperation[]
}

export type DocsOperation = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly says: string
  readonly isRepeatable: boolean
  readonly parameters: readonly Member[]
  readonly request: readonly Member[]
  readonly answer: readonly Member[]
}

export type Member = {
  /** `resource.properties.categories[]` */
  readonly name: string
  /** The JSON Schema of the member in short: `string, 1–128`. */
  readonly kind: string
  readonly isRequired: boolean
}
