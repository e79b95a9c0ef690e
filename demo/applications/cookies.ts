import type { Context } from 'koa'

export type Cookie = {
  read(ctx: Context): string | undefined
  write(ctx: Context, value: string): void
  clear(ctx: Context): void
}

export type CookieSettings = {
  readonly clientId: string
  readonly address: string
  readonly lifetimeSeconds: number
}

/**
 * A cookie of this application. Its name begins with the client_id because browsers share cookies between the
 * ports of one host: on localhost two applications would overwrite each other's.
 */
export function cookie(
  purpose: string,
  { clientId, address, lifetimeSeconds }: CookieSettings,
): Cookie {
  // __Host- makes browsers refuse a cookie planted from a sister domain; it requires https, which localhost has not.
  const secure = address.startsWith('https:')
  const name = `${secure ? '__Host-' : ''}${clientId}-${purpose}`
  // Lax and not Strict: the return from the provider is a navigation from another site and must find its cookie.
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/', overwrite: true } as const

  function set(ctx: Context, value: string, maxAge: number): void {
    // TLS usually ends at a proxy in front of us; Koa would refuse a secure cookie on what it sees as plain http.
    ctx.cookies.secure = secure
    ctx.cookies.set(name, value, { ...options, maxAge })
  }

  return {
    read: (ctx) => ctx.cookies.get(name),
    write: (ctx, value) => set(ctx, value, lifetimeSeconds * 1000),
    clear: (ctx) => set(ctx, '', 0),
  }
}
