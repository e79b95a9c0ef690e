// Base64 as RFC 4648 section 3.5 allows a decoder to be: one spelling for one sequence of bytes. Node's own decoders, and the
// libraries over them, ignore padding, white space and the spare bits of the last letter: with them a signature has several
// spellings, and two different texts may stand for the same bytes.

/** RFC 4648 section 4, with its padding; undefined for anything else, and for the empty text. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}

/** RFC 4648 section 5, without padding, as RFC 7515 section 2 wants it; undefined for anything else, and for the empty text. */
export function fromBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}

/** Whether a text is spelt as the compact serialisation of a signature (RFC 7515 section 7.1). Who signed it is another question. */
export function isCompact(token: string): boolean {
  const parts = token.split('.', 4)
  return parts.length === 3 && parts.every((part) => fromBase64url(part) !== undefined)
}
