/**
 * `npm test`: every check, cheap ones first, and `N passed, N failed` as the last line.
 *
 * `node scripts/test.ts --only numerics` runs some of the steps (names as printed; comma-separated), `--only numerics golden masks` of its
 * files those whose path has one of these words. All steps run even after one has failed, so one run tells everything.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { adapterEnvironment } from '../test/support/adapter.ts'
import { type Tally, tally } from './tally.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')

interface Step {
  readonly name: string
  readonly run: () => Tally
}

const steps: readonly Step[] = [
  check('lint', join(modules, '@biomejs/biome/bin/biome'), ['check', '--error-on-warnings', '.']),
  check('typecheck', join(modules, 'typescript/bin/tsc'), ['--noEmit']),
  check('typecheck-runtime', join(modules, 'typescript/bin/tsc'), ['--noEmit', '-p', 'tsconfig.runtime.json']),
  check('generated', join(root, 'scripts/grammar.ts'), ['--check']),
  check('library pages', join(root, 'scripts/docs.ts'), ['--check']),
  tests('unit'),
  tests('numerics'),
  tests('browser'),
  tests('package'),
]

const { values, positionals: files } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true })
const only = values.only?.split(',')
const unknown = only?.filter((name) => !steps.some((step) => step.name === name)) ?? []
if (unknown.length > 0) {
  process.stderr.write(`no step ${unknown.join(', ')}, expected ${steps.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

const environment = { ...process.env, ...adapterEnvironment() }
const total = { passed: 0, failed: 0 }
const table: string[] = []
for (const { name, run } of steps.filter((step) => only?.includes(step.name) ?? true)) {
  process.stdout.write(`\n== ${name}\n`)
  const started = performance.now()
  const { passed, failed } = run()
  total.passed += passed
  total.failed += failed
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  table.push(`${name.padEnd(18)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${seconds.padStart(7)} s`)
}
process.stdout.write(`\n${table.join('\n')}\n\n${total.passed} passed, ${total.failed} failed\n`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

/** A tool that passes or fails as a whole. It counts only when it fails: what passes are tests. */
function check(name: string, script: string, args: readonly string[]): Step {
  return { name, run: () => ({ passed: 0, failed: node([script, ...args]) === 0 ? 0 : 1 }) }
}

function tests(project: string): Step {
  const run = (): Tally => {
    const folder = mkdtempSync(join(tmpdir(), 'gdnc-test-'))
    const report = join(folder, 'report.json')
    const status = node([
      ...[join(modules, 'vitest/vitest.mjs'), 'run', '--project', project, ...files],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ])
    const result = tally(existsSync(report) ? readFileSync(report, 'utf8') : undefined, status)
    rmSync(folder, { recursive: true, force: true })
    return result
  }
  return { name: project, run }
}

function node(args: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: environment })
  if (error !== undefined) process.stderr.write(`${error.message}\n`)
  return status ?? 1
}
