import { createReadStream, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'

/** URL prefix to folder (`{ '/': dist, '/weights/': golden }`), or one folder for everything. */
export type Mounts = string | Readonly<Record<string, string>>

export interface Served {
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly status: number
}

export interface TestServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`, without a slash at the end. */
  readonly origin: string
  /** What was asked for, in order of the answers. */
  readonly requests: readonly Served[]
  close(): Promise<void>
}

export interface ServerOptions {
  /** Answered instead of files: path to HTML. */
  readonly pages?: Readonly<Record<string, string>>
  /** `false` answers a ranged request with the whole file, as some hosts do. */
  readonly ranges?: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wgsl': 'text/plain; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
}

/** Serves folders on a free port of the loopback interface, with single byte ranges, as a static host does. */
export async function serve(mounts: Mounts, options: ServerOptions = {}): Promise<TestServer> {
  const folders = Object.entries(typeof mounts === 'string' ? { '/': mounts } : mounts).sort(([a], [b]) => b.length - a.length)
  const requests: Served[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    response.on('close', () => {
      requests.push({ method: request.method ?? '', path, range: request.headers.range, status: response.statusCode })
    })
    const page = options.pages?.[path]
    if (page !== undefined) response.writeHead(200, { 'content-type': types['.html'] }).end(page)
    else answer(request, response, locate(path, folders), options.ranges ?? true)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close }
}

function locate(path: string, folders: readonly (readonly [string, string])[]): string | undefined {
  for (const [prefix, folder] of folders) {
    if (!path.startsWith(prefix)) continue
    const file = normalize(join(folder, path.slice(prefix.length)))
    if (file.startsWith(normalize(folder + sep)) && statSync(file, { throwIfNoEntry: false })?.isFile()) return file
  }
  return undefined
}

function answer(request: IncomingMessage, response: ServerResponse, file: string | undefined, ranges: boolean): void {
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
    return
  }
  const { size } = statSync(file)
  const headers: Record<string, string | number> = { 'content-type': types[extname(file)] ?? 'application/octet-stream' }
  if (ranges) headers['accept-ranges'] = 'bytes'
  const range = ranges ? parseRange(request.headers.range, size) : undefined
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    return
  }
  const [start, end] = range ?? [0, size - 1]
  headers['content-length'] = end - start + 1
  if (range !== undefined) headers['content-range'] = `bytes ${start}-${end}/${size}`
  response.writeHead(range === undefined ? 200 : 206, headers)
  if (request.method === 'HEAD' || size === 0) response.end()
  else createReadStream(file, { start, end }).pipe(response)
}

/** First and last byte, both included. */
function parseRange(header: string | undefined, size: number): readonly [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [, from, to] = match
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to))
  return start > end || start >= size ? 'unsatisfiable' : [start, end]
}
