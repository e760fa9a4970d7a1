import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { summary } from './measure.ts'
import type { CompileAnswer, Refused } from './protocol.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * `gdnc compile examples/h2.gdn` as users run it: a process of its own, from the built JavaScript if `npm run build` has made it. The
 * first run, which warms the file cache, is not counted.
 */
export function measureCompile(runs: number): CompileAnswer | Refused {
  const entry = ['dist/src/cli/main.js', 'src/cli/main.ts'].find((path) => existsSync(join(root, path)))
  if (entry === undefined) return { ok: false, because: 'there is no command line yet' }
  const out = mkdtempSync(join(tmpdir(), 'gdnc-bench-'))
  const args = [entry, 'compile', 'examples/h2.gdn', '--out', join(out, 'h2')]
  const samples: number[] = []
  try {
    for (let run = 0; run <= runs; run++) {
      rmSync(join(out, 'h2'), { recursive: true, force: true })
      const start = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
      if (status !== 0) return { ok: false, because: `exit code ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}` }
      if (run > 0) samples.push((performance.now() - start) / 1000)
    }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
  return { ok: true, command: `node ${entry} compile examples/h2.gdn`, runs, ...summary(samples) }
}
