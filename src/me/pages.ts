/** What the templates in views/me receive. */
export type DataPage = {
  readonly csrf: string
  /** Just answered: too many in an hour. */
  readonly problem: string | undefined
}
