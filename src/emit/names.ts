/** From the names of a spec to names in a package. A spec's identifiers are ASCII: `[A-Za-z_][A-Za-z0-9_]*`. */

/** Words that cannot name a class of a module, and globals that the module itself uses. */
const reserved = new Set(
  (
    'abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger declare default ' +
    'delete do else enum eval export extends false finally for from function get if implements import in infer instanceof interface is keyof ' +
    'let module namespace never new null number object of package private protected public readonly require return satisfies set static ' +
    'string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield ' +
    'Array ArrayBuffer Boolean Error Float32Array Function Infinity Math NaN Number Object Promise Proxy Reflect Set String Symbol Map ' +
    'Uint32Array globalThis hasOwnProperty isPrototypeOf prototype toString valueOf __proto__ __defineGetter__ __defineSetter__'
  ).split(' '),
)

/** Longer names are legal, but no tool shows them well. */
const LONGEST = 120

/** Whether a text is an identifier of the language. Everything that becomes code is checked again here. */
const isIdentifier = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text)

/**
 * The class that stands for a model: its own name, or that name with `Model` after it where it is a reserved word or taken.
 *
 * @throws RangeError if `name` is no identifier
 */
export function className(name: string, taken: ReadonlySet<string>): string {
  if (!isIdentifier(name)) throw new RangeError(`${JSON.stringify(name)} is not an identifier`)
  let found = name.slice(0, LONGEST)
  while (reserved.has(found) || taken.has(found)) found += 'Model'
  return found
}

/** Names that npm does not accept for a package: its own, and Node's modules. */
const unusable = new Set(
  (
    'node_modules favicon.ico assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain ' +
    'events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys ' +
    'test timers tls trace_events tty url util v8 vm wasi worker_threads zlib'
  ).split(' '),
)

/** `GatedDeltaNetH1` is `gated-delta-net-h1`. */
export function packageName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
  const clean = words
    .replace(/[^a-z0-9-]/g, '')
    .replace(/-+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, LONGEST)
    .replace(/-$/, '')
  return clean === '' || unusable.has(clean) || unusable.has(clean.replaceAll('-', '_')) ? `${clean === '' ? '' : `${clean}-`}model` : clean
}

/** Whether npm takes it: scoped or not, lower case, no more than 214 characters. */
export const isPackageName = (text: string): boolean =>
  text.length <= 214 && /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text) && !unusable.has(text)

/** Whether npm takes it as a version: `1.0.0`, `1.0.0-rc.1`. */
export const isVersion = (text: string): boolean => /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(text)

/** Whether a path may stand in a package: forward slashes, no dots that lead out, no character that a file system treats specially. */
export const isSafePath = (path: string): boolean =>
  path
    .split('/')
    .every((part) => /^[\w.-]{1,128}$/.test(part) && !/^\.+$|\.$/.test(part) && !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(part))
