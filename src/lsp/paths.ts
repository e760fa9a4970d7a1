/**
 * Files in the compiler are named by path; here the path of a user's file is its URI in one spelling, and that of a library file is
 * `std/<name>` as everywhere. Editors spell URIs differently (`%28` and `(`), so what they send is brought into our spelling first.
 */
export function pathOfUri(uri: string): string {
  const url = parsed(uri)
  if (url?.protocol !== 'file:') return uri
  try {
    return `file://${url.host}${url.pathname
      .split('/')
      .map((part) => encodeURIComponent(decodeURIComponent(part)))
      .join('/')}`
  } catch {
    return uri
  }
}

/** The file that an import names, seen from another file; undefined where there can be none (a text that was never saved). */
export function resolveImport(path: string, from: string): string | undefined {
  try {
    return pathOfUri(new URL(path.split('/').map(encodeURIComponent).join('/'), from).href)
  } catch {
    return undefined
  }
}

/** The folder of a file, as a path; undefined for a text that was never saved. */
export const folderOf = (path: string): string | undefined => (path.startsWith('file:') ? path.slice(0, path.lastIndexOf('/')) : undefined)

/** The last part of a path, as people write it. */
export function displayName(path: string): string {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return path
  }
}

function parsed(uri: string): URL | undefined {
  try {
    return new URL(uri)
  } catch {
    return undefined
  }
}
