const prefix = 'urn:accord:desk:'

/** As the desk of a body is named where a provider has its issuer. */
export function deskIssuer(organisation: string): string {
  return prefix + organisation
}

/** The body of a desk; undefined: it is a provider. */
export function bodyOfDesk(issuer: string): string | undefined {
  return issuer.startsWith(prefix) ? issuer.slice(prefix.length) : undefined
}
