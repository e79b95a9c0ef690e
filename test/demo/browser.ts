/** As much of a browser as a sign-in needs: cookies shared by all ports of a host, and redirects followed. */
export type Browser = {
  /** Headers that it sends from now on, besides its cookies. */
  send(headers: Readonly<Record<string, string>>): void
  visit(address: string, form?: Readonly<Record<string, string>>): Promise<Page>
  /** One request; the redirect is returned, not followed. */
  step(address: string, form?: Readonly<Record<string, string>>): Promise<Response>
}

export type Page = { readonly address: string; readonly status: number; readonly text: string }

const redirectLimit = 12

export function openBrowser(): Browser {
  const cookies = new Map<string, string>()
  let others: Readonly<Record<string, string>> = {}

  async function step(address: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const headers = {
      ...others,
      cookie: Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; '),
    }
    const posted = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(address, { headers, redirect: 'manual', ...posted })
    for (const cookie of response.headers.getSetCookie()) keep(cookie)
    return response
  }

  function keep(cookie: string): void {
    const [pair = ''] = cookie.split(';')
    const [name = '', value = ''] = pair.split('=', 2)
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }

  async function visit(address: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    let [here, response] = [address, await step(address, form)]
    for (let count = 0; count < redirectLimit; count++) {
      const location = response.headers.get('location')
      if (location === null) break
      here = new URL(location, here).href
      response = await step(here)
    }
    return { address: here, status: response.status, text: await response.text() }
  }

  return { send: (headers) => void (others = headers), visit, step }
}
