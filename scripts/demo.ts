/**
 * `npm run demo`: compiles `examples/qwen3_5.gdn`, loads the published checkpoint of `test/golden`, and prints the continuation of
 * its prompt beside the one that the published implementation gives.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { adapterEnvironment } from '../test/support/adapter.ts'
import { goldenModelFolder, goldenRun } from '../test/support/golden.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { inputIds, greedy } = goldenRun('qwen3_5', 'short')
const command = [
  'src/cli/main.ts',
  'run',
  'examples/qwen3_5.gdn',
  ...['--checkpoint', goldenModelFolder('qwen3_5')],
  ...['--ids', inputIds.join(',')],
  ...['--max-tokens', String(greedy.length)],
  '--greedy',
]
process.stderr.write(`published: ${greedy.join(' ')}\n`)
const { status, signal } = spawnSync(process.execPath, command, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...adapterEnvironment() },
})
process.exit(status ?? (signal === null ? 3 : 128))
