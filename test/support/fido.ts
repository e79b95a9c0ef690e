import 'reflect-metadata' // before @peculiar/x509, which needs it
import { KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Crl } from '@peculiar/x509'
import type { FidoSettings } from '../../src/base/settings/config.ts'
import type { CertifiedKey } from '../../src/demonstration/fido-metadata.ts'
import {
  attesterOf,
  listOf,
  rootOf,
  signerOf,
  signMetadata,
  statementOf,
} from '../../src/demonstration/fido-metadata.ts'
import type { AttestingModel } from './authenticator.ts'

// An invented maker of keys, and a metadata file of a signer of our own, which a test changes as it likes.

const host = 'metadata.exemple.test'
const dayMs = 86_400_000

export type Report = { readonly status: string; readonly effectiveDate?: string }

/** What a test puts into the file; what is absent is as it should be. */
export type Put = {
  readonly no?: number
  readonly nextUpdate?: string
  readonly reports?: readonly Report[]
  /** Merged over the statement of the one model. */
  readonly statement?: Readonly<Record<string, unknown>>
  readonly entries?: readonly object[]
  readonly signers?: readonly CertifiedKey[]
  /** Changes the text after it was signed. */
  readonly tamper?: (text: string) => string
}

export type Fido = {
  readonly settings: FidoSettings
  readonly env: Readonly<Record<string, string>>
  readonly aaguid: string
  readonly model: AttestingModel
  readonly root: CertifiedKey
  readonly maker: CertifiedKey
  readonly attester: CertifiedKey
  put(what?: Put): void
  /** Writes this authority's revocation list. */
  list(by: CertifiedKey, revoked: readonly CertifiedKey[], nextUpdate?: Date): Promise<void>
  signerFor(name: string): Promise<CertifiedKey>
  stop(): void
}

/** @param listAt an address that certificates name for their revocation lists; undefined: they name none */
export async function makeFido(listAt?: string): Promise<Fido> {
  const dir = mkdtempSync(join(tmpdir(), 'accord-fido-'))
  const lists = join(dir, 'crls')
  mkdirSync(lists)
  const aaguid = crypto.randomUUID()
  const root = await rootOf('CN=Root of metadata')
  const maker = await rootOf('CN=Root of keys')
  const signer = await signerOf(root, host, listAt)
  const attester = await attesterOf(maker, aaguid, listAt)
  const settings = {
    metadata: join(dir, 'metadata.jwt'),
    roots: join(dir, 'roots.pem'),
    lists,
    signer: host,
    models: undefined,
  }
  writeFileSync(settings.roots, root.certificate.toString('pem'))
  const put = (what: Put = {}) => {
    const statement = { ...statementOf(aaguid, 'Clé bleue 3', [maker]), ...what.statement }
    const statusReports = what.reports ?? [{ status: 'FIDO_CERTIFIED_L1' }]
    const payload = {
      legalHeader: 'Invented, for tests.',
      no: what.no ?? 7,
      nextUpdate: what.nextUpdate ?? dayFrom(300),
      entries: what.entries ?? [
        {
          aaguid,
          metadataStatement: statement,
          statusReports,
          timeOfLastStatusChange: '2026-01-01',
        },
      ],
    }
    const text = signMetadata(payload, what.signers ?? [signer])
    writeFileSync(settings.metadata, what.tamper?.(text) ?? text)
  }
  put()
  return {
    settings,
    env: {
      FIDO_METADATA: settings.metadata,
      FIDO_ROOTS: settings.roots,
      FIDO_CRLS: lists,
      FIDO_SIGNER: host,
    },
    aaguid,
    model: modelOf(aaguid, attester),
    root,
    maker,
    attester,
    put,
    async list(by, revoked, nextUpdate = new Date(Date.now() + 300 * dayMs)) {
      const list = await listOf(by, revoked, nextUpdate)
      // In both forms of the world (RFC 5280, RFC 7468).
      if (by === root) writeFileSync(join(lists, 'root.pem'), new X509Crl(list).toString('pem'))
      else writeFileSync(join(lists, 'maker.crl'), list)
    },
    signerFor: (name) => signerOf(root, name, listAt),
    stop: () => rmSync(dir, { recursive: true, force: true }),
  }
}

export function modelOf(aaguid: string, ...chain: readonly CertifiedKey[]): AttestingModel {
  const [leaf] = chain
  if (leaf === undefined) throw new TypeError('a chain needs a leaf')
  const der = chain.map(({ certificate }) => Buffer.from(certificate.rawData))
  return { aaguid, privateKey: KeyObject.from(leaf.privateKey), chain: der }
}

export function dayFrom(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
}
