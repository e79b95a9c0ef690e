import 'reflect-metadata' // before @peculiar/x509, which needs it
import {
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  X509Certificate,
  X509Crl,
} from '@peculiar/x509'
import { attempt } from '../base/values/expected-errors.ts'

// Revocation lists (RFC 5280, section 5) come from files of the operator: no address that a certificate names is ever called.

const maxChain = 8

/** `unknown`: a certificate names a list that no file has, or only one that is over. */
export type ChainStanding = 'stands' | 'revoked' | 'unknown'

/** @param bytes DER or PEM. @throws Error if it is no list */
export function readList(bytes: Buffer): X509Crl {
  return new X509Crl(bytes.includes('-----BEGIN') ? bytes.toString('latin1') : bytes)
}

/**
 * Whether certificates of this chain were revoked, by the lists at hand.
 * @param chain base64 of DER, the leaf first. @param roots PEM
 */
export async function standingOfChain(
  chain: readonly string[],
  roots: readonly string[],
  lists: readonly X509Crl[],
  now: Date,
): Promise<ChainStanding> {
  if (chain.length === 0 || chain.length > maxChain) return 'unknown'
  const certificates = chain.map((base64) => new X509Certificate(base64))
  const issuers = [...certificates, ...roots.flatMap(certificateIn)]
  const standings: ChainStanding[] = []
  for (const certificate of certificates) {
    // A root that is shown too vouches for itself.
    if (certificate.subject === certificate.issuer && (await certificate.isSelfSigned())) continue
    standings.push(await standingOf(certificate, issuers, lists, now))
  }
  if (standings.includes('revoked')) return 'revoked'
  return standings.includes('unknown') ? 'unknown' : 'stands'
}

// A text that is no certificate gives an empty list: it issued no other certificate.
function certificateIn(pem: string): X509Certificate[] {
  return attempt(
    () => [new X509Certificate(pem)],
    () => [],
  )
}

async function standingOf(
  certificate: X509Certificate,
  candidates: readonly X509Certificate[],
  lists: readonly X509Crl[],
  now: Date,
): Promise<ChainStanding> {
  const issuer = await issuerOf(certificate, candidates)
  if (issuer === undefined) return 'unknown'
  let isListed = certificate.getExtension(CRLDistributionPointsExtension) === null
  for (const list of lists) {
    if (!(await isUsable(list, issuer, now))) continue
    if (list.findRevoked(certificate) !== null) return 'revoked'
    isListed = true
  }
  return isListed ? 'stands' : 'unknown'
}

async function issuerOf(
  certificate: X509Certificate,
  candidates: readonly X509Certificate[],
): Promise<X509Certificate | undefined> {
  for (const candidate of candidates) {
    if (candidate.subject !== certificate.issuer || !mayIssue(candidate)) continue
    if (await certificate.verify({ publicKey: candidate.publicKey, signatureOnly: true }))
      return candidate
  }
  return undefined
}

function mayIssue(certificate: X509Certificate): boolean {
  return certificate.getExtension(BasicConstraintsExtension)?.ca !== false
}

// A list with a critical extension speaks of a part of the certificates only, or of those of others (RFC 5280, section 5.2).
async function isUsable(list: X509Crl, issuer: X509Certificate, now: Date): Promise<boolean> {
  const { thisUpdate, nextUpdate } = list
  const isOfNow = thisUpdate <= now && nextUpdate !== undefined && nextUpdate > now
  if (!isOfNow || list.issuer !== issuer.subject) return false
  if (list.extensions.some(({ critical }) => critical)) return false
  return list.verify({ publicKey: issuer.publicKey })
}
