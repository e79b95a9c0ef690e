/** What a page gives its script. */
type Sign = Readonly<Record<string, unknown>>
export function textsOf(sign: Sign, choice: string, ticked: FormData): readonly string[]
