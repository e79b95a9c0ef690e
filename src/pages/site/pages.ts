import type { ContactBlock } from '../../base/web/contact.ts'

/** What the templates in views/site receive. */
export type HomePage = {
  /** How many bodies the law now allows to receive something about people, without disclosures that may be shown later. */
  readonly lawful: number
  readonly services: readonly HomeService[]
}
export type HomeService = {
  readonly name: string
  readonly href: string
  /** What it does, where the register says so. */
  readonly what?: string | undefined
}
/** Every body that sends or receives by an agreement in force, and how to reach it. */
export type HelpPage = {
  readonly bodies: readonly ContactBlock[]
  /** A page for each need; the words are `site.<need>.…`. */
  readonly needs: readonly { readonly need: NeedPage['need']; readonly path: string }[]
  readonly forms: readonly { readonly form: FormPage['form']; readonly path: string }[]
}
/** A form to print and to fill in by hand: nothing of it comes back here. The words are `site.form-<form>.…`. */
export type FormPage = {
  readonly form: 'ask' | 'stop' | 'complain'
  /** Which squares may be ticked: the words `box-<n>`. */
  readonly boxes: readonly number[]
  readonly bodies: readonly ContactBlock[]
}
/** What to do about one thing, step by step. */
export type NeedPage = {
  readonly need: 'lost-device' | 'surprise' | 'unclear-question' | 'helping'
  readonly steps: readonly (string | undefined)[]
}
export type TextPage = Record<string, never>
