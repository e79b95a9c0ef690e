import { addressOf } from './applications/application.ts'
import { startRevenueAgency } from './applications/revenue-agency.ts'
import type { Running } from './applications/serve.ts'
import { startStudentAid } from './applications/student-aid.ts'
import { startProvince } from './province/province.ts'

/** The demonstration uses six ports in a row; the broker has the first. */
const usualPort = 3000
const portCount = 6

export type Demonstration = Running & {
  readonly addresses: {
    readonly studentAid: string
    readonly revenueAgency: string
    readonly province: string
  }
}

/**
 * Starts what the broker on `port` has around it: Student Aid on port + 1, the Revenue Agency on port + 2, and another province's
 * identity provider on port + 4.
 */
export async function startDemonstration(settings: {
  readonly issuer: string
  readonly port: number
  readonly dataDir: string
}): Promise<Demonstration> {
  const at = (offset: number) => ({ ...settings, port: settings.port + offset })
  const addresses = {
    studentAid: addressOf(settings.port + 1),
    revenueAgency: addressOf(settings.port + 2),
    province: addressOf(settings.port + 4),
  }
  const running: Running[] = []
  const close = async () =>
    void (await Promise.all(running.map((application) => application.close())))
  try {
    running.push(await startStudentAid(at(1)))
    running.push(await startRevenueAgency(at(2)))
    const services = [addresses.studentAid, addresses.revenueAgency]
    running.push(await startProvince({ ...at(4), services }))
  } catch (error) {
    // A port is busy: stop everything that was started.
    await close()
    throw error
  }
  return { close, addresses }
}

/** The text of a register file with the demonstration's addresses moved: the files say 3000 to 3005. */
export function moved(text: string, port: number): string {
  return text.replace(/(?<=\bhttp:\/\/localhost:)\d+\b/g, (written) => {
    const offset = Number(written) - usualPort
    return offset >= 0 && offset < portCount ? String(port + offset) : written
  })
}
