/**
 * Paths of specs. Inside the compiler a file is named by where it stands relative to the folder of the entry file, so that nothing of a
 * package depends on where it was compiled; people see paths as they gave them.
 */

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

export const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** `a/b/../c` is `a/c`; leading `..` stay. */
export function normalise(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' && parts.length > 0) continue
    if (part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}
