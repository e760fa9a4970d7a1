import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Refused } from './protocol.ts'

/**
 * Runs a module beside this one as a process of its own: `request` on its standard input, its answer from its standard output. A process
 * that crashes or overruns `seconds` is a refusal like any other.
 */
export function ask<Answer>(
  module: string,
  request: unknown,
  options: { readonly env?: Readonly<Record<string, string>>; readonly seconds: number },
): Promise<Answer | Refused> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(module, import.meta.url))], { env: { ...process.env, ...options.env } })
    let out = ''
    let err = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, options.seconds * 1000)
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out += piece
    })
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      err += piece
    })
    child.on('error', (error) => resolve({ ok: false, because: error.message }))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (process.env['GDNC_BENCH_TRACE'] !== undefined) process.stderr.write(err)
      try {
        resolve(JSON.parse(out) as Answer)
      } catch {
        const end = late ? `was stopped after ${options.seconds} s` : `ended with ${signal ?? `exit code ${code}`}: ${lastLine(err)}`
        resolve({ ok: false, because: `${module} ${end}` })
      }
    })
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(request))
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'nothing on standard error'
}
