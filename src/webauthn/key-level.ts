import type { CountedTry } from '../base/web/limits/tries.ts'
import type { AttestedRegistration, Attestation } from './attestation-worker.ts'
import type { KeyAttestation } from './attestation-store.ts'
import type { MetadataTrouble } from './metadata-watch.ts'

// How a key is believed to be of a model that suffices for the device-bound level.

/** Whether a key gives the level now, and why not. */
export type KeyVerdict = 'stands' | 'unavailable' | 'withdrawn'

export type LevelThree = {
  /** What keeps every key from the level now; undefined: nothing does. */
  trouble(): Promise<MetadataTrouble | undefined>
  /** The maker's name for a model; empty where the file has none. */
  nameOf(aaguid: string): string
  /**
   * A new key that its model's maker attests.
   * @throws Refusal passkey.refused, level-three.unavailable, level-three.no-attestation, level-three.unknown-model,
   * level-three.model-refused, level-three.synchronised
   */
  attest(counted: CountedTry, attestation: Attestation): Promise<AttestedKey>
  judge(attestation: KeyAttestation): Promise<KeyVerdict>
  close(): Promise<void>
}

export type AttestedKey = {
  readonly registration: AttestedRegistration['registration']
  readonly attested: KeyAttestation
}
