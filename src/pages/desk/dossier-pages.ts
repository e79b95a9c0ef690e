import type { DeskFrame } from './pages.ts'

export type DossierPage = {
  readonly desk: DeskFrame
  /** What one privacy officer proposed and another one decides. */
  readonly waiting: readonly {
    readonly number: string
    /** The identifier that this body has of the person. */
    readonly sub: string
    readonly from: string
    readonly to: string
    readonly key: string
    readonly reason: string
    /** The hash of what this page shows. */
    readonly seen: string
    readonly isOwn: boolean
    readonly expiresAt: Date
  }[]
  readonly typed: {
    readonly numero: string
    readonly motif: string
    readonly du: string
    readonly au: string
    readonly cle: string
  }
  readonly mostNoteCharacters: number
  readonly field: 'numero' | 'motif' | 'du' | 'cle' | undefined
  readonly answer: 'proposed' | 'none' | 'refused' | undefined
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, string | number>>
}
