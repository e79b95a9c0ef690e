import type { Network, Person, Sent, Shown } from './judging.ts'

/** A browser: it keeps cookies, follows redirects within the provider, and lets its person act where a page asks for her. */
export type Agent = {
  /** Opens an address, and goes on until the browser leaves for another host or a page stays. */
  visit(url: string, how?: How): Promise<Arrival>
  /** The same cookies as they are now, in a browser of its own. */
  clone(): Agent
}

export type How = {
  readonly method?: 'GET' | 'POST'
  /** What is posted to the address. */
  readonly form?: URLSearchParams
  /** What the person does where a page lets her; usually she goes on. */
  readonly does?: Deed
}

export type Deed = 'go on' | 'turn back' | 'approve' | 'decline' | 'look'

/** Where a browser is in the end: sent to a client, or in front of a page. */
export type Arrival = Left | Stayed
export type Left = {
  readonly is: 'left'
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly params: URLSearchParams
  /** How many pages asked something of the person before. */
  readonly asked: number
}
export type Stayed = { readonly is: 'stayed'; readonly page: Shown; readonly asked: number }

const mostSteps = 30

type Cookie = { readonly name: string; readonly value: string; readonly path: string }

export function openAgent(
  issuer: string,
  network: Network,
  person: () => Promise<Person>,
  cookies: readonly Cookie[] = [],
): Agent {
  const jar = [...cookies]
  const { origin } = new URL(issuer)

  async function load(url: string, sent?: URLSearchParams): Promise<Response> {
    const response = await network(url, {
      redirect: 'manual',
      method: sent === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        'sec-fetch-site': 'same-origin',
        ...cookieHeader(jar, new URL(url).pathname),
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    return response
  }

  return {
    async visit(url, { form, does = 'go on' } = {}) {
      let [at, sent, asked] = [url, form, 0]
      for (let step = 0; step < mostSteps; step++) {
        const response = await load(at, sent)
        const body = await response.text()
        sent = undefined
        const location = response.headers.get('location')
        if (location !== null) {
          const to = new URL(location, at)
          if (to.origin !== origin)
            return { is: 'left', url: to, method: 'GET', params: to.searchParams, asked }
          at = to.href
          continue
        }
        const page = { url: at, status: response.status, body }
        const answer = postedAnswer(page, origin)
        if (answer !== undefined) return { ...answer, asked }
        const next = does === 'look' ? undefined : stepOf(await person(), does, page)
        if (next === undefined) return { is: 'stayed', page, asked }
        asked += 1
        at = next.action
        sent = new URLSearchParams(next.fields)
      }
      throw new Error(`${url} leads on without end`)
    },
    clone: () => openAgent(issuer, network, person, jar),
  }
}

// Where her approval is asked for, she may have to say who she is first.
function stepOf(person: Person, does: Exclude<Deed, 'look'>, page: Shown): Sent | undefined {
  if (does === 'go on') return person.goOn(page)
  if (does === 'turn back') return person.turnBack(page)
  return does === 'approve' ? person.approve(page) : person.decline(page)
}

/** A page whose form goes to another host posts an answer there (Form Post Response Mode). */
function postedAnswer({ body }: Shown, origin: string): Omit<Left, 'asked'> | undefined {
  for (const [, tag = '', inside = ''] of body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = attribute(tag, 'action')
    if (action === undefined || !action.startsWith('https:') || new URL(action).origin === origin)
      continue
    const fields = [...inside.matchAll(/<input\b([^>]*)>/g)].map(
      ([, input = '']): [string, string] => [
        attribute(input, 'name') ?? '',
        attribute(input, 'value') ?? '',
      ],
    )
    const method = attribute(tag, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET'
    return { is: 'left', url: new URL(action), method, params: new URLSearchParams(fields) }
  }
  return undefined
}

function cookieHeader(jar: readonly Cookie[], path: string): { cookie?: string } {
  const sent = jar.filter(
    (cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')),
  )
  if (sent.length === 0) return {}
  return { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

// All of them are of one host, and none is of a folder of the request's own: the provider names each path.
function keep(jar: Cookie[], line: string): void {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const [name, value] = cut(pair)
  const named = new Map(
    attributes.map((one) => cut(one)).map(([key, is]) => [key.toLowerCase(), is]),
  )
  const path = named.get('path') ?? '/'
  const expires = named.get('expires')
  const known = jar.findIndex((one) => one.name === name && one.path === path)
  if (known !== -1) jar.splice(known, 1)
  const isOver = value === '' || (expires !== undefined && new Date(expires) <= new Date())
  if (!isOver) jar.push({ name, value, path })
}

function cut(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1]
  const signs: Readonly<Record<string, string>> = {
    '&quot;': '"',
    '&#39;': "'",
    '&#x27;': "'",
    '&lt;': '<',
    '&gt;': '>',
    '&amp;': '&',
  }
  return value?.replaceAll(/&(?:quot|#39|#x27|lt|gt|amp);/g, (one) => signs[one] ?? one)
}
