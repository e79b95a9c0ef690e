import { addressOf, type Settings } from './application.ts'
import type { Running } from './serve.ts'

/** Runs one application by itself: `ISSUER=… PORT=… DATA_DIR=… node demo/applications/student-aid.ts`. */
export async function runAlone(
  start: (settings: Settings) => Promise<Running>,
  usualPort: number,
): Promise<void> {
  const settings = fromEnvironment(usualPort)
  try {
    const running = await start(settings)
    console.log(addressOf(settings.port))
    process.once('SIGINT', () => void running.close())
    process.once('SIGTERM', () => void running.close())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

// The only place of the applications that reads the environment.
function fromEnvironment(usualPort: number): Settings {
  // oxlint-disable-next-line node/no-process-env
  const { ISSUER = 'http://localhost:3000', PORT, DATA_DIR = '.data' } = process.env
  const port = PORT === undefined ? usualPort : Number(PORT)
  return { issuer: ISSUER, port, dataDir: DATA_DIR }
}
