/** What the templates in views/openapi receive. */
export type DocsPage = {
  /** By the token that they want, in the order in which one meets them. */
  readonly groups: readonly DocsGroup[]
}

export type DocsGroup = {
  readonly scope: 'decide' | 'search' | 'report' | 'me' | 'none'
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
  /** As a JSON Schema says it, in short: `string, 1–128`. */
  readonly kind: string
  readonly isRequired: boolean
}
