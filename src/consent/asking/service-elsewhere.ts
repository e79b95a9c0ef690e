import type { Language } from '../../base/values/languages.ts'
import type { Service } from '../../registry/index.ts'

/**
 * Where a service is found by itself: where a sign-in begins there, which is told who we are (OpenID Connect Core, section 4), or its
 * home page. Pure.
 * @returns undefined where its file says neither
 */
export function serviceAddressOf(
  service: Pick<Service, 'name' | 'metadata'> | undefined,
  issuer: string,
  language: Language,
): { readonly name: string; readonly href: string } | undefined {
  if (service === undefined) return undefined
  const { initiate_login_uri: start, client_uri: home } = service.metadata
  const href = typeof start === 'string' ? withIssuer(start, issuer) : home
  return typeof href === 'string' ? { name: service.name[language], href } : undefined
}

function withIssuer(address: string, issuer: string): string {
  const url = new URL(address)
  url.searchParams.set('iss', issuer)
  return url.href
}
