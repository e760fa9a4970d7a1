import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readOwnPackage, readOwnText, readRuntimeFiles, readTemplates } from '../emit/host-files.ts'
import type { CompileHost } from './host.ts'

/** Compiles files of this machine. Paths are relative to `cwd`. */
export function nodeCompileHost(cwd = process.cwd()): CompileHost {
  return {
    readText(path) {
      try {
        return readFileSync(resolve(cwd, path), 'utf8')
      } catch {
        return undefined
      }
    },
    library: (name) => readOwnText(`src/std/${name}`),
    templates: readTemplates,
    runtime: readRuntimeFiles,
    get compiler() {
      return readOwnPackage()
    },
  }
}
