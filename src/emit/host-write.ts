import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { isSafePath } from './names.ts'

/** Files of a package by path, with forward slashes. */
export type PackageFiles = ReadonlyMap<string, string>

/** The folder holds something that gdnc did not write, and replacing it would lose that. */
export class ForeignFolderError extends Error {
  readonly folder: string
  /** Entries of the folder that are not a package's; empty if the folder is no package at all. */
  readonly entries: readonly string[]
  constructor(folder: string, entries: readonly string[]) {
    super(`${folder} holds files that gdnc did not write${entries.length > 0 ? `: ${entries.join(', ')}` : ''}`)
    this.name = 'ForeignFolderError'
    this.folder = folder
    this.entries = entries
  }
}

/**
 * Makes `folder` hold exactly these files, all or nothing: they are written beside it and put in its place by renaming. A package of
 * gdnc that is there is replaced; anything else is refused.
 *
 * @returns false if the folder held exactly these files already, and was not touched
 * @throws ForeignFolderError, or the file system's error; then the folder is as it was
 */
export function writePackage(folder: string, files: PackageFiles): boolean {
  for (const path of files.keys()) if (!isSafePath(path)) throw new Error(`'${path}' cannot be a file of a package`)
  const target = existsSync(folder) ? realpathSync(folder) : resolve(folder)
  const exists = existsSync(target)
  if (exists) {
    assertOurs(folder, target)
    if (comparePackage(target, files).length === 0) return false
  }
  const madeParent = mkdirSync(dirname(target), { recursive: true })
  let beside: string | undefined
  try {
    beside = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
    const fresh = join(beside, 'new')
    for (const [path, text] of files) {
      const file = join(fresh, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const old = join(beside, 'old')
    if (exists) renameSync(target, old)
    try {
      renameSync(fresh, target)
    } catch (error) {
      if (exists) {
        // Should putting it back fail as well, the old package must at least not be deleted.
        const holdingOld = beside
        beside = undefined
        renameSync(old, target)
        beside = holdingOld
      }
      throw error
    }
    rmSync(beside, { recursive: true, force: true })
    return true
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { recursive: true, force: true })
    if (madeParent !== undefined) rmSync(madeParent, { recursive: true, force: true })
    throw error
  }
}

/** A folder is ours if it is empty, or if its package.json says so and lists everything in it. */
function assertOurs(folder: string, target: string): void {
  if (!lstatSync(target).isDirectory()) throw new ForeignFolderError(folder, [])
  const entries = readdirSync(target)
  if (entries.length === 0) return
  const listed = listedFiles(join(target, 'package.json'))
  if (listed === undefined) throw new ForeignFolderError(folder, [])
  const foreign = entries.filter((entry) => !listed.includes(entry))
  if (foreign.length > 0) throw new ForeignFolderError(folder, foreign)
}

/** Top-level entries of a package of gdnc. */
function listedFiles(path: string): readonly string[] | undefined {
  try {
    const { gdnc, files } = JSON.parse(readFileSync(path, 'utf8')) as { gdnc?: unknown; files?: unknown }
    const ours = typeof gdnc === 'object' && gdnc !== null && Array.isArray(files)
    return ours ? [...(files as string[]), 'package.json'] : undefined
  } catch {
    return undefined
  }
}

/** Files in which a folder differs from a package: other text, missing, or not of the package; sorted. */
export function comparePackage(folder: string, files: PackageFiles): string[] {
  const found = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    : []
  const differs = (path: string): boolean => !files.has(path) || readFileSync(join(folder, path), 'utf8') !== files.get(path)
  return [...found.filter(differs), ...[...files.keys()].filter((path) => !found.includes(path))].sort()
}
