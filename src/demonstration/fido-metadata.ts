import 'reflect-metadata' // before @peculiar/x509, which needs it
import type { webcrypto } from 'node:crypto'
import { createHash, KeyObject, sign } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Extension, X509Certificate } from '@peculiar/x509'
import {
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  Extension as RawExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509'
import type { FidoSettings } from '../base/settings/config.ts'
import { secondsAfter } from '../base/values/clock.ts'
import { writeWhole } from '../base/settings/atomic-file.ts'

// An invented maker of keys, and an invented signer of FIDO metadata. Their private keys are made here and thrown away: nobody can make
// another key of the demonstration's model, and no real file is signed by them.

/** A certificate, and the key that it certifies. */
export type CertifiedKey = {
  readonly certificate: X509Certificate
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
}

const es256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const validSeconds = 20 * 365 * 86_400

type Certified = {
  readonly subject: string
  /** undefined: it certifies itself */
  readonly by?: CertifiedKey | undefined
  readonly extensions?: readonly Extension[]
}

export async function certify({ subject, by, extensions = [] }: Certified): Promise<CertifiedKey> {
  const keys = await crypto.subtle.generateKey(es256, true, ['sign', 'verify'])
  const now = new Date()
  const certificate = await X509CertificateGenerator.create({
    serialNumber: createHash('sha256').update(crypto.randomUUID()).digest('hex').slice(0, 16),
    subject,
    issuer: by?.certificate.subject ?? subject,
    notBefore: secondsAfter(now, -86_400),
    notAfter: secondsAfter(now, validSeconds),
    signingAlgorithm: es256,
    publicKey: keys.publicKey,
    signingKey: by?.privateKey ?? keys.privateKey,
    extensions: [...extensions],
  })
  return { certificate, ...keys }
}

export function rootOf(subject: string): Promise<CertifiedKey> {
  return certify({ subject, extensions: [new BasicConstraintsExtension(true, undefined, true)] })
}

/** A certificate with which a host signs metadata. @param listAt where its root would publish its revocation list */
export function signerOf(by: CertifiedKey, host: string, listAt?: string): Promise<CertifiedKey> {
  const lists = listAt === undefined ? [] : [new CRLDistributionPointsExtension([listAt])]
  const names = new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])
  return certify({ subject: `CN=${host}`, by, extensions: [names, ...lists] })
}

const aaguidExtension = '1.3.6.1.4.1.45724.1.1.4'

/** A certificate by which a model's keys are attested (WebAuthn Level 3, 8.2.1). */
export function attesterOf(
  by: CertifiedKey,
  aaguid: string,
  listAt?: string,
): Promise<CertifiedKey> {
  const lists = listAt === undefined ? [] : [new CRLDistributionPointsExtension([listAt])]
  // An OCTET STRING of sixteen bytes.
  const bytes = Buffer.concat([Buffer.from([4, 16]), aaguidBytes(aaguid)])
  return certify({
    subject: 'C=CA, O=Fabricant de démonstration, OU=Authenticator Attestation, CN=Lot 1',
    by,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new RawExtension(aaguidExtension, false, bytes),
      ...lists,
    ],
  })
}

export function aaguidBytes(aaguid: string): Buffer {
  return Buffer.from(aaguid.replaceAll('-', ''), 'hex')
}

/** A revocation list of this authority. */
export async function listOf(
  by: CertifiedKey,
  revoked: readonly CertifiedKey[],
  nextUpdate: Date,
  extensions: Extension[] = [],
) {
  const list = await X509CrlGenerator.create({
    issuer: by.certificate.subject,
    thisUpdate: secondsAfter(new Date(), -3600),
    nextUpdate,
    extensions,
    signingAlgorithm: es256,
    signingKey: by.privateKey,
    entries: revoked.map(({ certificate: { serialNumber } }) => ({ serialNumber })),
  })
  return Buffer.from(list.rawData)
}

/** A metadata statement of a hardware key with a PIN (FIDO Metadata Statement 3.1). */
export function statementOf(aaguid: string, description: string, roots: readonly CertifiedKey[]) {
  return {
    aaguid,
    description,
    authenticatorVersion: 1,
    protocolFamily: 'fido2',
    schema: 3,
    upv: [{ major: 1, minor: 1 }],
    authenticationAlgorithms: ['secp256r1_ecdsa_sha256_raw'],
    publicKeyAlgAndEncodings: ['cose'],
    attestationTypes: ['basic_full'],
    userVerificationDetails: [[{ userVerificationMethod: 'passcode_external' }]],
    keyProtection: ['hardware', 'secure_element'],
    matcherProtection: ['on_chip'],
    tcDisplay: [],
    attestationRootCertificates: roots.map(({ certificate }) => base64Of(certificate)),
  }
}

/** A metadata file: a JWS in compact form, with the chain of its signer (FIDO Metadata Service 3.1, 3.1.7). */
export function signMetadata(payload: object, [signer, ...above]: readonly CertifiedKey[]): string {
  if (signer === undefined) throw new TypeError('a file needs a signer')
  const x5c = [signer, ...above].map(({ certificate }) => base64Of(certificate))
  const parts = [{ alg: 'ES256', typ: 'JWT', x5c }, payload]
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const key = KeyObject.from(signer.privateKey)
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

export function base64Of({ rawData }: X509Certificate): string {
  return Buffer.from(rawData).toString('base64')
}

const demoSigner = 'metadonnees.demo.invalid'
const demoModel = 'de30de30-0000-4000-8000-00000000de30'

/** Makes the demonstration's metadata file, with one invented model, where it is missing. */
export async function demoFido(dataDir: string): Promise<FidoSettings> {
  const dir = join(dataDir, 'fido')
  const settings = {
    metadata: join(dir, 'metadata.jwt'),
    roots: join(dir, 'roots.pem'),
    lists: undefined,
    signer: demoSigner,
    models: undefined,
  }
  if (existsSync(settings.metadata)) return settings
  await mkdir(dir, { recursive: true })
  const root = await rootOf('C=CA, O=Démonstration, CN=Racine des métadonnées (démo)')
  const maker = await rootOf('C=CA, O=Fabricant de démonstration, CN=Racine des clés (démo)')
  const payload = {
    legalHeader: 'Invented, for a demonstration.',
    no: 1,
    nextUpdate: '2099-12-31',
    entries: [
      {
        aaguid: demoModel,
        metadataStatement: statementOf(demoModel, 'Clé de démonstration', [maker]),
        statusReports: [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2025-01-06' }],
        timeOfLastStatusChange: '2025-01-06',
      },
    ],
  }
  await writeWhole(settings.roots, root.certificate.toString('pem'))
  await writeWhole(settings.metadata, signMetadata(payload, [await signerOf(root, demoSigner)]))
  return settings
}
