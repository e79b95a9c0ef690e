import { Worker } from 'node:worker_threads'
import { present } from '../base/values/present.ts'
import type { RegistrationResponseJSON, VerifiedRegistrationResponse } from '@simplewebauthn/server'

/** The text of a metadata file, and whom its signer's certificate must come from (PEM). */
export type MetadataText = { readonly text: string; readonly roots: readonly string[] }

export type Attestation = {
  readonly response: RegistrationResponseJSON
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
}

type Registration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

export type AttestedRegistration = {
  readonly registration: Pick<
    Registration,
    'aaguid' | 'credential' | 'credentialDeviceType' | 'credentialBackedUp'
  >
  readonly format: string
  /** base64 of DER, the leaf first */
  readonly certificates: readonly string[]
}

export type ThreadAsked = {
  readonly id: number
  readonly metadata?: MetadataText
  readonly attestation?: Attestation
}

export type ThreadAnswered = {
  readonly id: number
  readonly payload?: unknown
  readonly attested?: AttestedRegistration
  readonly refused?: string
}

/** Checks of certificate chains in a thread that calls nobody. */
export type AttestingThread = {
  /** @returns the payload of a file that one of the roots signed. @throws AttestationRefused */
  take(metadata: MetadataText): Promise<unknown>
  /** @throws AttestationRefused unless the response attests a key of a model in the file that was taken */
  attest(attestation: Attestation): Promise<AttestedRegistration>
  isAlive(): boolean
  close(): Promise<void>
}

/** The library's words are for the operator's log alone. */
export class AttestationRefused extends Error {}

const answerWithinMs = 10_000
const memoryMb = 256

export function startAttesting(): AttestingThread {
  const worker = new Worker(new URL('./attestation-thread.ts', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  worker.unref()
  const waiting = new Map<number, (answer: Omit<ThreadAnswered, 'id'>) => void>()
  let asked = 0
  let isAlive = true
  const end = (refused: string) => {
    isAlive = false
    for (const answer of waiting.values()) answer({ refused })
    waiting.clear()
  }
  worker.on('message', ({ id, ...answer }: ThreadAnswered) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  })
  worker.on('error', () => end('the thread failed'))
  worker.on('exit', () => end('the thread ended'))

  async function ask(question: Omit<ThreadAsked, 'id'>): Promise<Omit<ThreadAnswered, 'id'>> {
    if (!isAlive) throw new AttestationRefused('the thread ended')
    const id = ++asked
    const answer = await new Promise<Omit<ThreadAnswered, 'id'>>((resolve) => {
      // It may never answer anybody again: another thread is begun in its place.
      const late = setTimeout(() => void worker.terminate(), answerWithinMs)
      waiting.set(id, (given) => {
        clearTimeout(late)
        resolve(given)
      })
      worker.postMessage({ id, ...question }, [])
    })
    waiting.delete(id)
    if (answer.refused !== undefined) throw new AttestationRefused(answer.refused)
    return answer
  }

  return {
    take: async (metadata) => (await ask({ metadata })).payload,
    async attest(attestation) {
      return present((await ask({ attestation })).attested, 'what the thread attests')
    },
    isAlive: () => isAlive,
    async close() {
      await worker.terminate()
    },
  }
}
