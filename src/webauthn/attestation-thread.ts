import { parentPort } from 'node:worker_threads'
import {
  MetadataService,
  SettingsService,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import {
  decodeAttestationObject,
  isoBase64URL,
  verifyMDSBlob,
} from '@simplewebauthn/server/helpers'
import type {
  ThreadAnswered,
  ThreadAsked,
  Attestation,
  MetadataText,
} from './attestation-worker.ts'
import { algorithms } from './relying-party.ts'

// A thread of its own for the library's checks of certificate chains. The library calls the addresses that certificates name; from
// here nothing leaves. Its service of metadata also keeps one state a program, so that each house has one of its own.

globalThis.fetch = () => Promise.reject(new Error('nothing leaves this thread'))

parentPort?.on('message', ({ id, ...asked }: ThreadAsked) => {
  void answerOf(asked).then((answer) => parentPort?.postMessage({ id, ...answer }, []))
})

async function answerOf(asked: Omit<ThreadAsked, 'id'>): Promise<Omit<ThreadAnswered, 'id'>> {
  try {
    if (asked.metadata !== undefined) return { payload: await takeMetadata(asked.metadata) }
    if (asked.attestation !== undefined) return { attested: await attest(asked.attestation) }
    return { refused: 'nothing was asked' }
  } catch (error) {
    return { refused: wordsOf(error) }
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** @throws Error unless a root of these signed the file */
async function takeMetadata({ text, roots }: MetadataText): Promise<unknown> {
  // Without roots the library checks no chain.
  if (roots.length === 0) throw new Error('no root')
  SettingsService.setRootCertificates({ identifier: 'mds', certificates: [...roots] })
  const { payload, statements } = await verifyMDSBlob(text)
  await MetadataService.initialize({ statements, mdsServers: [], verificationMode: 'strict' })
  return payload
}

/** @throws Error unless the response attests a key of a model in the file */
async function attest({ response, challenge, origin, rpId }: Attestation) {
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: algorithms,
  })
  if (!verified || registrationInfo === undefined) throw new Error('not verified')
  const { fmt, aaguid, credential, credentialDeviceType, credentialBackedUp } = registrationInfo
  return {
    registration: { aaguid, credential, credentialDeviceType, credentialBackedUp },
    format: fmt,
    certificates: chainIn(response.response.attestationObject),
  }
}

function chainIn(attestationObject: string): string[] {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
  const chain = attestation.get('attStmt').get('x5c') ?? []
  return chain.map((der) => Buffer.from(der).toString('base64'))
}
