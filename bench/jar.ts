/** The cookies of one browser at one origin, sent back where their path says so (RFC 6265 5.1.4). */
export type Jar = {
  keep(lines: readonly string[], requestPath: string): void
  /** The value of the Cookie header, or undefined. */
  header(path: string): string | undefined
}

type Cookie = { readonly name: string; readonly path: string; readonly value: string }

export function makeJar(): Jar {
  const cookies = new Map<string, Cookie>()
  return {
    keep(lines, requestPath) {
      for (const line of lines) {
        const { cookie, isOver } = readCookie(line, requestPath)
        const key = `${cookie.name} ${cookie.path}`
        if (isOver) cookies.delete(key)
        else cookies.set(key, cookie)
      }
    },
    header(path) {
      const sent = [...cookies.values()]
        .filter((cookie) => matches(path, cookie.path))
        .toSorted((a, b) => b.path.length - a.path.length)
      if (sent.length === 0) return undefined
      return sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
  }
}

function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function readCookie(line: string, requestPath: string): { cookie: Cookie; isOver: boolean } {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const [name, value] = split(pair)
  const given = new Map(
    attributes.map((attribute) => {
      const [key, text] = split(attribute)
      return [key.toLowerCase(), text]
    }),
  )
  const expires = given.get('expires')
  const folder = requestPath.slice(0, Math.max(1, requestPath.lastIndexOf('/')))
  const isOver =
    value === '' ||
    given.get('max-age') === '0' ||
    (expires !== undefined && Date.parse(expires) <= Date.now())
  return { cookie: { name, value, path: given.get('path') ?? folder }, isOver }
}

function split(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
