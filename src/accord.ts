import './guard.js'
import { runTool } from './tool/tool.ts'

const { code, out, err } = await runTool(process.argv.slice(2), process.env)
process.stdout.write(out)
process.stderr.write(err)
// Work that a signal broke off may still be under way; nothing waits for it.
process.exit(code)
