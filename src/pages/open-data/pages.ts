/** What the templates in views/open-data receive. */
export type OpenDataPage = {
  readonly datasets: readonly ShownDataset[]
  /** Every body that sends or receives, with its two reports. */
  readonly bodies: readonly {
    readonly name: string
    readonly href673: string
    readonly href1217: string
  }[]
}

export type ShownDataset = {
  readonly id: string
  readonly title: string
  readonly says: string
  readonly columns: readonly {
    readonly name: string
    readonly title: string
    readonly says: string
  }[]
  /** The newest months; none before the first is published. */
  readonly months: readonly {
    readonly month: string
    /** 0: the first file; else the number of the correction, and why. */
    readonly correction: number
    readonly reason: string | undefined
    readonly csvHref: string
    readonly jsonHref: string
  }[]
  readonly schemaHref: string
}

/** The register of section 67.3 of a body, or its report of section 12.17, to read and to print. */
export type ReportPage = {
  readonly report: '67-3' | '12-17'
  readonly body: string
  /** The day that it is told of. */
  readonly asOf: Date
  /** Of the report: its year, whether it is over, and when it is due. */
  readonly year:
    | { readonly name: string; readonly isOver: boolean; readonly dueOn: Date }
    | undefined
  readonly lines: readonly ReportLine[]
  readonly fileHref: string
}

export type ReportLine = {
  readonly agreement: string
  readonly agreementHref: string
  readonly recipient: string
  readonly what: readonly string[]
  readonly from: readonly string[]
  readonly purpose: string
  readonly reason: string
  readonly article: string
  readonly isOutsideQuebec: boolean
  readonly since: Date
  readonly until: Date | undefined
  readonly how: string | undefined
  readonly measures: string | undefined
  readonly communications: string
  readonly isFew: boolean
  readonly sha256: string
}
