import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import {
  decodeAttestationObject,
  isoBase64URL,
  parseAuthenticatorData,
} from '@simplewebauthn/server/helpers'
import type { FidoSettings } from '../base/settings/config.ts'
import type { Log } from '../base/logging/log.ts'
import { present } from '../base/values/present.ts'
import { Refusal } from '../base/values/refusal.ts'
import type { CountedTry } from '../base/web/limits/tries.ts'
import type { AttestedRegistration, AttestingThread, Attestation } from './attestation-worker.ts'
import { AttestationRefused } from './attestation-worker.ts'
import type { KeyAttestation } from './attestation-store.ts'
import type { KeyVerdict, LevelThree } from './key-level.ts'
import { passkeyRefusal } from './credential.ts'
import type { MetadataNeeds } from './metadata-watch.ts'
import { dayOf, readMetadataOnce, watchMetadata } from './metadata-watch.ts'
import type { Metadata, Model } from './models.ts'
import { judgeModel } from './models.ts'
import { standingOfChain } from './revocation.ts'

// The device-bound level, urn:accord:aal:3: a key whose maker attested, by a certificate, of which model it is, and a model of which the
// operator's signed file says today that it suffices (decision 0143). Nothing is asked of anybody: files alone are read.

// Their verification in the library looks into the model's statement. `fido-u2f` has no AAGUID, `apple` no statement.
const formats = ['packed', 'tpm', 'android-key']

/** Reads the operator's files: whatever is wrong with them is said in the log, and keeps nobody from signing in below the level. */
export async function openLevelThree(
  settings: FidoSettings,
  needs: MetadataNeeds,
): Promise<LevelThree> {
  const { clock, log } = needs
  const allowed = settings.models && new Set(settings.models)
  const watch = await watchMetadata(settings, needs)

  async function judge({ aaguid, certificates }: KeyFacts): Promise<KeyVerdict> {
    const at = clock()
    const held = await watch.current()
    if (held === undefined) return 'unavailable'
    const model = held.models.get(aaguid)
    if (model === undefined || judgeModel(model, allowed, dayOf(at)) !== 'stands')
      return 'withdrawn'
    const standing = await standingOfChain(certificates, model.roots, held.lists, at)
    return standings[standing]
  }

  return {
    trouble: () => watch.trouble(),
    nameOf: (aaguid) => watch.held()?.models.get(aaguid)?.name ?? '',
    judge,
    async attest(counted, attestation) {
      const held = await watch.current()
      if (held === undefined) throw unavailable()
      const model = modelIn(attestation.response, held)
      if (judgeModel(model, allowed, dayOf(clock())) !== 'stands') throw modelRefused()
      const { registration, format, certificates } = await attested(
        counted,
        watch.thread(),
        attestation,
        log,
      )
      if (registration.aaguid !== model.aaguid) throw passkeyRefusal()
      if (registration.credentialDeviceType !== 'singleDevice')
        throw new Refusal('level-three.synchronised', 409)
      const facts = { aaguid: model.aaguid, certificates }
      const verdict = await judge(facts)
      if (verdict === 'unavailable') throw unavailable()
      if (verdict === 'withdrawn') throw modelRefused()
      return { registration, attested: { ...facts, format, metadataNo: held.no } }
    },
    close: () => watch.thread().close(),
  }
}

/** What the files say now, for their operator. @throws OperatorError where they cannot be used */
export async function readModels(settings: FidoSettings, now: Date) {
  const allowed = settings.models && new Set(settings.models)
  const { no, nextUpdate, models } = await readMetadataOnce(settings, now)
  const judged = [...models.values()].map((model) => {
    return { ...model, verdict: judgeModel(model, allowed, dayOf(now)) }
  })
  return { no, nextUpdate, isOver: dayOf(now) > nextUpdate, models: judged }
}

type KeyFacts = Pick<KeyAttestation, 'aaguid' | 'certificates'>

const standings = { stands: 'stands', revoked: 'withdrawn', unknown: 'unavailable' } as const

function unavailable(): Refusal {
  return new Refusal('level-three.unavailable', 409)
}

function modelRefused(): Refusal {
  return new Refusal('level-three.model-refused', 409)
}

/** The model that the key says it is: nothing is proved yet. */
function modelIn(response: RegistrationResponseJSON, { models }: Metadata): Model {
  const { format, isBare, aaguid } = partsOf(response)
  if (isBare) throw new Refusal('level-three.no-attestation', 409)
  const model = formats.includes(format) ? models.get(aaguid) : undefined
  if (model === undefined) throw new Refusal('level-three.unknown-model', 409)
  return model
}

function partsOf({ response }: RegistrationResponseJSON) {
  try {
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
    const format: string = attestation.get('fmt')
    const hasChain = attestation.get('attStmt').get('x5c') !== undefined
    const { aaguid } = parseAuthenticatorData(attestation.get('authData'))
    // A key that signs for itself says what anybody may say (WebAuthn Level 3, 6.5.4).
    const isBare = format === 'none' || (format === 'packed' && !hasChain)
    return { format, isBare, aaguid: uuidOf(present(aaguid, 'the model of a key')) }
  } catch {
    throw passkeyRefusal()
  }
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex)
}

async function attested(
  _: CountedTry,
  thread: AttestingThread,
  attestation: Attestation,
  log: Log,
): Promise<AttestedRegistration> {
  try {
    return await thread.attest(attestation)
  } catch (error) {
    if (!(error instanceof AttestationRefused)) throw error
    if (!thread.isAlive()) throw unavailable()
    log.info({ why: error.message }, 'a key was not attested')
    throw passkeyRefusal() // the library's words describe the forgery to its author
  }
}
