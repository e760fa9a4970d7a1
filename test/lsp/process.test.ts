import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import type { Location } from 'vscode-languageserver'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node'
import { nodeLanguageHost, specsBelow } from '../../src/cli/lsp-work.ts'
import { place, tiny } from '../cli/support/gdnc.ts'
import { Client, textIn } from './support/client.ts'

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

it('serves as a process over stdio, and ends when it is told', async () => {
  const block = 'gdn 1\n\nblock Plain(mix: layer, ffn: layer) {\n  in x: f32[B, T, d]\n  out x + ffn(mix(x))\n}\n'
  using folder = place({ 'my blocks.gdn': block })
  const server = spawn(process.execPath, [program, 'lsp', '--stdio'], { cwd: folder.folder, stdio: ['pipe', 'pipe', 'inherit'] })
  const client = new Client(createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin)))
  await client.start()
  expect(client.capabilities).toMatchObject({ hoverProvider: true, positionEncoding: 'utf-16' })
  const uri = `${pathToFileURL(folder.folder).href}/main.gdn`
  client.open(uri, `gdn 1\n\nimport Plain from "./my blocks.gdn"\n${tiny.slice('gdn 1\n'.length).replaceAll('PreNorm', 'Plain')}`)
  expect(await client.diagnostics(uri)).toEqual([])
  const found = await client.at<Location>('definition', uri, 'Plain(gated', 1)
  expect(decodeURIComponent(found.uri)).toMatch(/\/my blocks\.gdn$/)
  expect(textIn(block, found.range)).toBe('Plain')
  const ended = once(server, 'exit')
  await client.rpc.sendRequest('shutdown')
  await client.rpc.sendNotification('exit')
  expect(await ended).toEqual([0, null])
})

it('finds the specs of a folder, without packages, hidden folders and links, and gives up in time', () => {
  using here = place({
    'a b.gdn': '',
    'c.txt': '',
    'sub/deep/ü.gdn': '',
    'node_modules/p/x.gdn': '',
    '.git/x.gdn': '',
    'sub/x.gdn/inner.gdn': '',
  })
  symlinkSync(here.folder, join(here.folder, 'sub/circle'))
  const folder = pathToFileURL(here.folder).href
  const { uris, complete } = specsBelow(folder)
  expect(uris.map((uri) => decodeURIComponent(uri.slice(folder.length + 1)))).toEqual(['a b.gdn', 'sub/deep/ü.gdn', 'sub/x.gdn/inner.gdn'])
  expect(complete).toBe(true)
  expect(uris.map((uri) => nodeLanguageHost().readText(uri))).toEqual(['', '', ''])
  expect(specsBelow(folder, { specs: 2, entries: 100 })).toMatchObject({ uris: [uris[0], uris[1]], complete: false })
  expect(specsBelow(folder, { specs: 9, entries: 2 }).complete).toBe(false)
  expect(specsBelow(`${folder}/none`)).toEqual({ uris: [], complete: true })
})
