/**
 * `node scripts/with-gpu.ts <command> [arguments]` runs a command in an environment where the npm package `webgpu` finds the
 * software Vulkan driver (or the one that `GDNC_ADAPTER` names).
 */
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adapterEnvironment } from '../test/support/adapter.ts'

const [command, ...rest] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('usage: node scripts/with-gpu.ts <command> [arguments]\n')
  process.exit(2)
}

const binaries = join(dirname(fileURLToPath(import.meta.url)), '../node_modules/.bin')
const child = spawn(command, rest, {
  stdio: 'inherit',
  env: { ...process.env, ...adapterEnvironment(), PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}` },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128)
})
