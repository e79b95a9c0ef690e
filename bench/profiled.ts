import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

// Loaded into a server with `--import`: SIGUSR2 begins a profile of V8, and the next one writes it to the file that PROFILE names.

const microseconds = 200
const session = new Session()
let isOn = false
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: microseconds })

process.on('SIGUSR2', () => {
  isOn = !isOn
  if (isOn) {
    session.post('Profiler.start')
    return
  }
  session.post('Profiler.stop', (failed, { profile }) => {
    if (failed === null) writeFileSync(process.env['PROFILE'] ?? '', JSON.stringify(profile))
  })
})
