// Base64url in its one spelling (RFC 7515 section 2): jose passes over padding, white space and the spare bits of the last
// letter, and would take a signature under several texts.

/** Whether a text is spelt as a signed token is: three parts, each exactly as an encoder writes it. */
export function isCompact(token: string): boolean {
  const parts = token.split('.', 4)
  return parts.length === 3 && parts.every((part) => part !== '' && isExact(part))
}

function isExact(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}
