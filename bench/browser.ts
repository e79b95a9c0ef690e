import { formOf, formsOf } from '../test/support/browser.ts'
import type { Answer, Client } from './client.ts'
import type { Jar } from './jar.ts'

/** A person's browser, for the preparation before the measured windows: it follows redirects within the issuer and sends forms. */
export type Browser = {
  get(url: string): Promise<Answer>
  follow(url: string): Promise<Answer>
  /** Sends the fields to a URL, and follows. */
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Answer>
  /** Sends a page's first form whose action ends with `ending`, with these fields over its own, and follows redirects. */
  submit(page: Answer, fields?: Readonly<Record<string, string>>, ending?: string): Promise<Answer>
}

const maxRedirects = 20

export function makeBrowser(
  client: Client,
  issuer: string,
  jar: Jar,
  headers: Readonly<Record<string, string>> = {},
): Browser {
  const pathOf = (url: string) => {
    const { pathname, search } = new URL(url, issuer)
    return pathname + search
  }
  async function following(first: Answer): Promise<Answer> {
    let answer = first
    for (let count = 0; count < maxRedirects; count++) {
      const { location } = answer
      if (location === undefined || new URL(location).origin !== issuer) return answer
      answer = await client.send({ path: pathOf(location), jar, headers })
    }
    throw new Error(`redirected without end at ${answer.url}`)
  }
  const self: Browser = {
    get: (url) => client.send({ path: pathOf(url), jar, headers }),
    follow: async (url) => following(await self.get(url)),
    post: async (url, form) =>
      following(await client.send({ path: pathOf(url), form, jar, headers })),
    submit(page, fields = {}, ending = '') {
      const form = formTo(page, ending)
      return self.post(form.action, { ...form.fields, ...fields })
    },
  }
  return self
}

export function firstForm(page: Answer) {
  return formOf({ ...page, headers: {} })
}

export function formsIn(page: Answer) {
  return formsOf({ ...page, headers: {} })
}

export function formTo(page: Answer, ending: string) {
  const form = formsIn(page).find(({ action }) => action.endsWith(ending))
  if (form === undefined)
    throw new Error(
      `no form for ${ending} at ${page.url} (${page.status}): ${page.body.slice(0, 300)}`,
    )
  return form
}

/** The code that a redirect brings back to a service. @throws when it leads elsewhere */
export function codeIn({ location, status, url, body }: Answer, redirectUri: string): string {
  const code =
    location?.startsWith(`${redirectUri}?`) === true
      ? new URL(location).searchParams.get('code')
      : null
  if (code === null)
    throw new Error(`no code from ${url} (${status}): ${location ?? body.slice(0, 300)}`)
  return code
}
