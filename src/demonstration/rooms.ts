import { join } from 'node:path'
import { openClock } from '../base/database/clock-offset.ts'
import type { Config } from '../base/settings/config.ts'
import { openDatabase, startPatience, transact } from '../base/database/database.ts'
import { logSecretsOf } from '../base/keys/log-keys.ts'
import { openKeysAnywhere, openKnownKeys } from '../base/keys/known-keys.ts'
import { makeRowSeals } from '../base/sealing/row-seal.ts'
import { writeWhole } from '../base/settings/atomic-file.ts'
import { demoSigners } from './signers.ts'
import { logVerifiers } from '../ledger/transparency-log/index.ts'
import { serveWitness } from '../ledger/witness/index.ts'
import { makeRegistrationCheck } from '../provider/index.ts'
import type { Service } from '../registry/index.ts'
import { countRefusals, isPermitted } from '../consent/record/index.ts'
import { applyRegister, signAndApply, readRegister, uncheckedRegister } from '../registry/index.ts'
import type { StopProcess } from '../house/shutdown.ts'

// What the demonstration does with rooms of the broker, loaded once nothing hinders it from starting.

export { openDemoDesk } from './desk.ts'
export { demoFido } from './fido-metadata.ts'

const registerDir = join(import.meta.dirname, '../../demo/register')
const earlierRegisterDir = join(import.meta.dirname, '../../demo/register-2025')

/**
 * A witness in the same process as the log that it watches, as its page says. The log asks for its cosignature, and the policy names it.
 * @returns its address
 */
export async function startDemoWitness(config: Config, stops: StopProcess[]): Promise<string> {
  const { issuer, host, ledgerDir } = config
  const port = config.port + 5
  const secrets = logSecretsOf(await openKeysAnywhere(config))
  const witness = await serveWitness({
    dir: join(config.dataDir, 'witness'),
    name: 'temoin-de-demonstration',
    host,
    port,
    logs: () => logVerifiers(secrets, issuer, new Date()),
    isDemonstration: true,
  })
  stops.push(() => witness.close())
  const address = `http://localhost:${port}`
  const lines = `# On the same machine as the log: alone it proves nothing.\nwitness demonstration ${witness.vkey} ${address}\nquorum demonstration\n`
  await writeWhole(join(ledgerDir, 'witnesses'), lines)
  return address
}

const demoReason = {
  fr: 'Le registre de la démonstration a changé.',
  en: 'The register of the demonstration has changed.',
}

/** @param moved the text of a register object, with the addresses of this start */
export async function applyDemoRegister(
  url: string,
  config: Config,
  moved: (text: string) => string,
): Promise<void> {
  const db = openDatabase(url, startPatience)
  try {
    await openClock(db, config)
    // On the first start both versions of the changed objects are applied, so that a second version exists from the first day on. The
    // first register needs no signature; the two signers that it has sign what comes after.
    const known = await uncheckedRegister(db)
    const isNew = known.epoch === 0
    const now = new Date()
    const signers = await demoSigners(config.dataDir, known)
    const keys = await openKnownKeys(db, config)
    const seals = makeRowSeals(keys.seal)
    const served = makeRegistrationCheck(config, { hasRsa: keys.idTokenRsa.length > 0 })
    const unservable = (service: Service) =>
      served(JSON.parse(moved(JSON.stringify(service))) as Service) // only addresses were changed
    const earlier = isNew ? (await readRegister(earlierRegisterDir)).objects : []
    const first = { objects: [...earlier, ...signers.objects], problems: [] }
    const files = await readRegister(registerDir)
    const { issuer } = config
    const checks = { unservable, permits: isPermitted, countRefusals }
    const signing = { seals, keys: signers.keys, issuer, reason: demoReason, now, ...checks }
    await transact(db, async (tx) => {
      if (first.objects.length > 0) await applyRegister(tx, seals, first, now, { unservable })
      await signAndApply(tx, files, signing)
    })
  } finally {
    await db.destroy()
  }
}
