/** Every rule is a pure function over files, so that a planted violation can be fed to it too. */
export type SourceFile = { readonly path: string; readonly text: string }
export type Violation = { readonly path: string; readonly says: string }

export function filesIn(files: readonly SourceFile[], folder: string): SourceFile[] {
  return files.filter(({ path }) => path.startsWith(folder))
}

// Twenty rules ask it of the same files.
const codes = new Map<string, string>()

/** The text without its comments; strings, which may contain slashes, stay whole. */
export function codeOf(text: string): string {
  const known = codes.get(text)
  if (known !== undefined) return known
  const parts =
    /(`(?:\\[^]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\/[^\n]*|\/\*[^]*?\*\//g
  const code = text.replaceAll(parts, (_, kept: string | undefined) => kept ?? '')
  codes.set(text, code)
  return code
}

/** What the comments say, a piece each. */
export function commentsOf(text: string): string[] {
  const parts =
    /`(?:\\[^]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(\/\/[^\n]*|\/\*[^]*?\*\/)/g
  return [...text.matchAll(parts)].flatMap(([, comment]) => comment ?? [])
}

/** From one line without an indent to the next that begins a declaration. */
export function blocksOf(code: string): string[] {
  return code.split(/^(?=(?:export |async |function |const |class |type ))/m)
}
